"""Labelled blocks to a record, a record to bytes, and the invariant: no text is lost."""
