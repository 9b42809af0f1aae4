"""Everything that touches the world: sources, worker processes, sinks, the command line, Prefect.

Imports ``cleaners``, never the other way round. Importing this package costs nothing.
"""
