"""What a run reports: its counts and sources in words; on a Prefect server its state, pages and events."""
