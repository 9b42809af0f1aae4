"""Locks that say who uses a server: shared by many, held alone by one, gone with who holds them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.run.prefect_home import Lock


def test_many_share_a_lock_and_none_has_it_alone_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "home" / "server.lock"
    with closing(Lock(path)) as one, closing(Lock(path)) as other, closing(Lock(path)) as third:
        one.write("process 12345 into a long folder")
        one.write("process 7 into /grün")
        assert other.read() == "process 7 into /grün"
        one.share()
        other.share()
        assert not third.have_alone()
        assert not one.have_alone()  # who asks lets its own go: others may then have it
        other.release()
        assert third.have_alone()
        assert not one.have_alone()
    with closing(Lock(path)) as last:
        assert last.have_alone()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_home_that_cannot_be_made_is_reported_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file/lock", "file"):
        path = tmp_path / place / "lock"
        with pytest.raises(EnvironmentFault, match="set PREFECT_HOME to a folder you may write to"):
            Lock(path)
