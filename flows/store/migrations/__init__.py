"""How state databases of earlier versions come up to date: Alembic's scripts, one after the other.

Loaded where one of them is due, and not before: Alembic takes a third of a second to import.
"""
