"""What the keys of a source may hold."""
