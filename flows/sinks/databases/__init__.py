"""Stores that are tables of a database."""
