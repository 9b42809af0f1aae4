"""Connections to checked IP addresses only, and bodies within limits."""
