"""Stores that are files."""
