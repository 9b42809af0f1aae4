"""What a source is, and how any file is opened: regular ones only, bounded, never waiting."""
