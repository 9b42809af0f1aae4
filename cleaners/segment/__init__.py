"""A tree, or lines, to blocks; no character is lost."""
