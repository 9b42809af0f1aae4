"""What a Prefect server is told of a run: how it ended, pages that people read, events that automations wait for."""
