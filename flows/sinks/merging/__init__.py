"""A run brought into its store: what is settled, and what else is entered on the way."""
