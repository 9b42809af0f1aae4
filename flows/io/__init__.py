"""Bytes in and out of the machine: decompression, child processes, files that stay whole, addresses fit for a log."""
