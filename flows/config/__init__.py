"""Reads what users write: settings, lists of sources, rules, manual decisions."""
