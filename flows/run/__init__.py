"""A run: pages through the workers into the sink, its summary, its flow, its schedule on a Prefect server."""
