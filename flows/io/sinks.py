"""The values of ``--sink``."""

FILE_SINKS = ("jsonl", "jsonl.gz", "jsonl.zst", "parquet")
DATABASE_SINKS = ("postgresql", "sqlite")
"""Those that are the library itself, without a file beside it."""


def sink_names() -> tuple[str, ...]:
    """All of them, in order."""
    return tuple(sorted((*FILE_SINKS, *DATABASE_SINKS)))
