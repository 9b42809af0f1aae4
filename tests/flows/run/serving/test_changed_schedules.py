"""A changed schedule of a list that is served is reported in a line, once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.serving.serve import ChangedSchedules

SOURCE = '[[source]]\nname = "{0}"\nkind = "feed"\naddress = "https://{0}.example/feed.xml"\n'
CHANGED = "{}: its schedule has changed; restart serve to apply it"


def write(name: str, schedule: str, *sources: str) -> None:
    """A list, of another moment than any before."""
    table = f"[schedule]\n{schedule}\n" if schedule else ""
    path = Path(name)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(table + "".join(map(SOURCE.format, sources)), "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_changed_schedule_is_reported_once(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "seeds").mkdir()
    write("seeds/a.toml", 'every = "1h"', "a")
    write("b.toml", "", "b")
    write("seeds/left.toml", "", "left")
    changed = ChangedSchedules(
        IngestOptions(sources=("seeds", "b.toml", "https://courier.example/"), without=("seeds/left.toml",))
    )
    # whoever serves goes elsewhere
    monkeypatch.chdir("/")
    here = str(empty_folder)
    assert changed.lines() == []
    write(f"{here}/seeds/a.toml", 'every = "1h"', "a", "another")
    write(f"{here}/seeds/left.toml", 'every = "1h"', "left")
    assert changed.lines() == []
    write(f"{here}/seeds/a.toml", 'every = "2h"', "a")
    write(f"{here}/b.toml", 'cron = "0 6 * * *"', "b")
    write(f"{here}/seeds/new.toml", 'every = "5m"', "new")
    lines = [CHANGED.format(name) for name in ("seeds/a.toml", "seeds/new.toml", "b.toml")]
    assert changed.lines() == lines
    assert changed.lines() == []
    # while it is being written, and once it is as it was
    Path(f"{here}/seeds/a.toml").write_text("[schedule")
    assert changed.lines() == []
    write(f"{here}/seeds/a.toml", 'every = "1h"', "a")
    assert changed.lines() == []
    write(f"{here}/seeds/a.toml", "", "a")
    assert changed.lines() == lines[:1]
