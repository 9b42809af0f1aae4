"""WARC files at addresses of the web, read as they come."""
