"""Bytes to text to a tree: encoding, repairs, parsing."""
