"""A run: pages through the workers into the library, its summary, its flow, its schedule on a Prefect server."""
