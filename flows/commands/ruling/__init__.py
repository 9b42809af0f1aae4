"""Commands for rules: the list, and rules of site files."""
