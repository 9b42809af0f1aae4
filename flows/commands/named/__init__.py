"""What names on the command line of ``clean`` and ``explain`` stand for: files, addresses, lists of these, records."""
