"""Everything that touches the world: sources, worker processes, the library, the command line, Prefect.

Imports ``cleaners``, never the other way round. Importing this package costs nothing.
"""
