"""Composes the other packages: reads and segments a page, labels its blocks, describes it, makes the record."""
