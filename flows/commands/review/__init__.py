"""``copydesk review``: its options and what it says."""
