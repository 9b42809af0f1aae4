"""Servers: ``copydesk api`` over HTTP, ``copydesk mcp`` as tools for agents, ``copydesk try`` as a page."""
