"""Bytes in and out of the machine: decompression, child processes, files that stay whole, URLs without secrets."""
