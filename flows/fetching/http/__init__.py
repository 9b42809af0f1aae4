"""Manners: whether, when and how a host is asked for a page, and how that ends."""
