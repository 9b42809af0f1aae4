"""Cleaning as a service: ``copydesk api`` over HTTP, ``copydesk mcp`` as tools for agents."""
