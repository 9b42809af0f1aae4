"""Measures of copydesk beside its peers: quality, labels, metadata, speed, start, memory. See README.md."""
