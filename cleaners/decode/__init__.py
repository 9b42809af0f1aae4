"""Bytes to text to a tree: encoding, repairs, the one parse."""
