"""Lists whose schedule has changed since they are served: their sources are read again by each run, their schedule only
when ``serve`` starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_list import SUFFIX, list_files, read_source_list
from copydesk.flows.config.source_plan import is_on_the_web
from copydesk.flows.errors import SettingsError
from copydesk.flows.sources.schedule import Plan

_Stamp = tuple[int, int, int]


class ChangedSchedules:
    """What the lists of some sources stated when it was made, from the folder it was made in on."""

    def __init__(self, options: IngestOptions) -> None:
        # by whole paths: serving goes to another folder soon
        named = [name for name in options.sources if not is_on_the_web(name)]
        self._places = {name: Path(name).absolute() for name in named}
        self._without = set(map(os.path.realpath, options.without))
        self._stamps: dict[Path, _Stamp] = {}
        self._stated: dict[Path, Plan | None] = {}
        # reported once at each change
        self._reported: dict[Path, Plan | None] = {}
        self.lines()
        self._stated = dict(self._reported)

    def lines(self) -> list[str]:
        """The lists whose schedule has changed since the last call: a line each."""
        found = []
        for shown, file in self._lists():
            now = self._schedule(file)
            if now != self._reported.get(file):
                self._reported[file] = now
                if now != self._stated.get(file):
                    found.append(f"{shown}: its schedule has changed; restart serve to apply it")
        return found

    def _lists(self) -> Iterator[tuple[str, Path]]:
        """The lists that are there now, as the user named them, and where they are."""
        for name, place in self._places.items():
            try:
                if not (name.endswith(SUFFIX) or place.is_dir()):
                    continue
                files = list_files(place)
            # a folder that cannot be read is reported by the next run
            except (OSError, SettingsError):
                continue
            for file in files:
                if os.path.realpath(file) not in self._without:
                    yield (name if file == place else os.path.join(name, file.name)), file  # noqa: PTH118

    def _schedule(self, file: Path) -> Plan | None:
        """What a list states; what it stated before, where it has not changed or cannot be read."""
        before = self._reported.get(file)
        try:
            found = file.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if self._stamps.get(file) == stamp:
                return before
            plan = read_source_list(file).schedule.plan
        # one that is gone or wrong, as while somebody writes it, is reported by the next run
        except (OSError, SettingsError):
            return before
        self._stamps[file] = stamp
        return plan
