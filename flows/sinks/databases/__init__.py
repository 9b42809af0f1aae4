"""Shelves that are tables of a database."""
