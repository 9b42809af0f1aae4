"""Crawls the sources of a run while its pages are cleaned: what is due and new, and what is noted once it is stored."""
