"""Shelves that are files."""
