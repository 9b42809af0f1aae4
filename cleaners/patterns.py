"""Regular expressions that are compiled at their first use.

Compiling all of the package's takes a seventh of the time of a one-off command, and a page needs one in three.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As ``re.compile``, which is called when a method of the pattern is first looked up; only then is an error in the
    pattern raised. It is for its methods and ``pattern`` alone: functions of ``re`` do not take it, and ``re`` of a
    match is the compiled one.
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))


class _LazyPattern(Generic[AnyStr]):
    # slots: from the second look-up on, a method costs what it costs of a compiled pattern
    __slots__ = (*_METHODS, "_flags", "pattern")

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """What has no slot, or an empty one: called until a method was looked up."""
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)

    def __reduce__(self) -> tuple[Any, ...]:
        # else a copy would be asked for its pattern before it has one
        return lazy_pattern, (self.pattern, self._flags)

    def __repr__(self) -> str:
        return f"lazy_pattern({self.pattern!r}, {self._flags!r})"
