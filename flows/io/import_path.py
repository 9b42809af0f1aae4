"""Imports in our own processes: their path, which is without the current folder, and the collector meanwhile.

Python looks there in many ways: ``-m`` and ``-c`` put it first, an empty entry of PYTHONPATH means it, multiprocessing
hands the path of a process to its children, and libraries add ``.`` as they go. The folder may hold anybody's pages,
and a ``json.py`` among them would be run. This module imports only what Python has loaded before it.
"""

# ruff: noqa: PTH109, PTH117, PTH120
# pathlib is not loaded yet

import gc
import os
import site
import sys


def drop_cwd_from_path() -> None:
    """Takes the current folder from this process's path for good, and from that of all it will start.

    For processes that are ours: commands, workers, servers. A user's own keeps the path it has.
    """
    os.environ.update(environment := safe_environment())
    if "PYTHONPATH" not in environment:
        os.environ.pop("PYTHONPATH", None)
    sys.path[:] = safe_path()
    if _finder not in sys.path_hooks:
        sys.path_hooks.insert(0, _finder)
        sys.path_importer_cache.clear()  # of finders made before


def is_ours() -> bool:
    """Whether this process is a command, worker or server of ours (``drop_cwd_from_path``), and no user's program."""
    return _finder in sys.path_hooks


def safe_path() -> list[str]:
    """The path of this process without the current folder, for a process that it starts."""
    return [entry for entry in sys.path if not _is_current_folder(entry)]


def safe_environment() -> dict[str, str]:
    """The environment of this process as the Python processes that it starts should have it."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [entry for entry in entries if os.path.isabs(entry) and not _is_current_folder(entry)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PYTHONSAFEPATH"] = "1"
    return environment | ({"PYTHONPATH": os.pathsep.join(kept)} if kept else {})


def _is_current_folder(entry: str) -> bool:
    """Whether an entry of the path is the current folder, or depends on which that is.

    Python's own folders are no danger in any folder; some entries are names that a path hook knows.
    """
    if not os.path.isabs(entry):
        return not entry or os.path.lexists(entry)
    try:
        current = os.path.realpath(os.getcwd())
    except FileNotFoundError:  # removed under our feet: nothing lies there
        return False
    return os.path.realpath(entry) == current and entry not in _pythons_own()


def _pythons_own() -> set[str]:
    return {os.path.dirname(os.__file__), *site.getsitepackages(), site.getusersitepackages()}


class _Nothing:
    """Finds nothing."""

    @staticmethod
    def find_spec(name: str, target: object = None) -> None: ...


def _finder(entry: str) -> type[_Nothing]:
    """A path hook for relative entries, which libraries add while they run (Alembic and Prefect do)."""
    if os.path.isabs(entry) or not os.path.lexists(entry):
        raise ImportError(entry)
    return _Nothing


class gc_paused:  # noqa: N801 - used as a function
    """Pauses the garbage collector, which would scan modules again and again while they are imported, for nothing."""

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_enabled:
            gc.enable()
