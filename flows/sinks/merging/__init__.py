"""Merges the records of a run into its store."""
