"""Pages that are nothing without their scripts, built by a Chromium that never touches the network itself."""
