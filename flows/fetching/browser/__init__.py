"""Renders pages that need their scripts, in a Chromium without network access."""
