"""The modules of Python that only Linux, macOS and other POSIX systems have: imported here alone."""

from __future__ import annotations

from copydesk.flows.errors import EnvironmentFault

try:
    import fcntl
    import resource
except ImportError as error:
    raise EnvironmentFault(
        "files are locked and pages cleaned in processes as Linux and macOS have them, which this system lacks: on"
        " Windows use the library (from copydesk import clean), or copydesk in WSL"
    ) from error

__all__ = ["fcntl", "resource"]
