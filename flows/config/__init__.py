"""What users write: settings, lists of sources, rules of their own."""
