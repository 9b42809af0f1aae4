"""Labelled blocks to the record, and the record to bytes; the law that holds them together."""
