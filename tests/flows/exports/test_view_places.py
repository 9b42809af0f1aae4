"""Folders kept up to date file by file: what was written, and nothing of others', wherever a run is killed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.flows.errors import CopydeskError, ExportError, SettingsError
from copydesk.flows.exports.destination import MARK, write_folder
from copydesk.flows.exports.view_places import LocalFolder, RemoteFolder

NAMES = st.sampled_from(["a.md", "b.md", "a/x.md", "a/y.md", "a/b/z.md", "c"])
FILES = st.dictionaries(NAMES, st.sampled_from(["one", "two", "three"]), max_size=5).filter(
    # no name is a file and a folder
    lambda files: not any(other.startswith(f"{name}/") for name in files for other in files)
)


class Halted(Exception):
    """What ends a renewal early, here."""


class HaltingTree(LocalFolder):
    """Ends as by ``kill -9`` before the n-th change of the folder."""

    left = 1_000

    def put(self, name: str, made: Path) -> None:
        self._count()
        super().put(name, made)

    def remove(self, name: str) -> None:
        self._count()
        super().remove(name)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Halted


def holding(files: Mapping[str, str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)

    return write


def files_in(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != MARK)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


@pytest.mark.slow
@settings(max_examples=20)
@given(old=FILES, new=FILES, others=FILES, halts=st.lists(st.integers(0, 8), max_size=3))
def test_a_folder_becomes_what_was_made_and_others_keep_theirs(
    old: dict[str, str], new: dict[str, str], others: dict[str, str], halts: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "vault")
        LocalFolder(str(root)).update(holding(old), None)
        assert files_in(root) == old
        mine = {name for name in others if name not in old and not (root / name).exists()}
        for name in list(mine):
            with suppress(OSError):
                holding({name: f"mine: {others[name]}"})(root)
        theirs = {name: text for name, text in files_in(root).items() if text.startswith("mine")}
        for halt in halts:
            tree = HaltingTree(str(root))
            tree.left = halt
            with suppress(Halted, CopydeskError):
                tree.update(holding(new), None)
            found = files_in(root)
            # at any moment: others' files, and of ours no half one and none that never was
            assert theirs.items() <= found.items()
            ours = set(found.items()) - theirs.items()
            assert ours <= old.items() | new.items()
        is_free = False
        with suppress(ExportError):  # one of theirs is in the way
            LocalFolder(str(root)).update(holding(new), None)
            is_free = True
        assert files_in(root).items() >= (new if is_free else {}).items() | theirs.items()
        assert len(files_in(root)) == len(new) + len(theirs) or not is_free
        # without theirs nothing is in the way
        assert is_free or theirs
        assert not list(root.rglob("*.part"))


def test_a_folder_that_is_as_it_should_be_is_not_touched(tmp_path: Path) -> None:
    tree = LocalFolder(str(tmp_path / "vault"))
    kept = tree.update(holding({"a.md": "a", "b/c.md": "c"}), None)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "vault").rglob("*") if path.is_file()}
    assert tree.update(holding({"a.md": "a", "b/c.md": "c"}), kept) == kept
    # one that moves: the other files keep their times, and the folder that holds nothing goes
    assert tree.update(holding({"a.md": "a", "d/c.md": "c"}), kept) != kept
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "vault").rglob("*") if path.is_file()}
    assert after[tmp_path / "vault" / "a.md"] == before[tmp_path / "vault" / "a.md"]
    assert not (tmp_path / "vault" / "b").exists()


def test_what_a_user_has_changed_is_his_once_its_record_is_gone(tmp_path: Path) -> None:
    tree = LocalFolder(str(tmp_path))
    tree.update(holding({"a.md": "a", "b.md": "b"}), None)
    (tmp_path / "a.md").write_text("a, and a note of mine")
    tree.update(holding({}), None)
    assert files_in(tmp_path) == {"a.md": "a, and a note of mine"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"files": {"../mine": ""}}', b'{"files": {"/etc/x": ""}}']
)
def test_neither_manifest_nor_link_reaches_out_of_its_folder(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine").write_text("mine")
    root = tmp_path / "vault"
    root.mkdir()
    (root / MARK).write_bytes(content)
    LocalFolder(str(root)).update(holding({"a.md": "a"}), None)
    assert files_in(tmp_path) == {"mine": "mine", "vault/a.md": "a"}
    (tmp_path / "elsewhere").mkdir()
    (root / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match=r"a/x\.md lies behind a link that leads out of the folder"):
        LocalFolder(str(root)).update(holding({"a/x.md": "x"}), None)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_of_somebody_elses_is_refused_and_a_half_begun_one_is_not(tmp_path: Path) -> None:
    (tmp_path / ".copydesk-killed.part").mkdir()
    LocalFolder(str(tmp_path)).check(is_ours=False)
    # swept away: nobody holds it
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "thesis.md").touch()
    with pytest.raises(SettingsError, match="is a folder that no export made; name another"):
        LocalFolder(str(tmp_path)).check(is_ours=True)


@pytest.fixture
def memory() -> Iterator[str]:
    yield "memory://bucket/vault"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def stored() -> dict[str, str]:
    found = {name: file for name, file in MemoryFileSystem.store.items() if MARK not in name}
    return {name.removeprefix("/bucket/vault/"): file.getvalue().decode() for name, file in found.items()}


def test_a_folder_anywhere_else_becomes_what_was_made(memory: str) -> None:
    tree = RemoteFolder(memory)
    tree.check(is_ours=False)
    assert stored() == {}
    kept = tree.update(holding({"a.md": "a", "b/c.md": "c"}), None)
    before = dict(MemoryFileSystem.store)
    assert RemoteFolder(memory).update(holding({"a.md": "a", "b/c.md": "c"}), kept) == kept
    assert all(MemoryFileSystem.store[name] is file for name, file in before.items())
    MemoryFileSystem().pipe_file("/bucket/vault/mine.md", b"mine")
    RemoteFolder(memory).update(holding({"a.md": "a", "d/c.md": "c"}), kept)
    assert stored() == {"a.md": "a", "d/c.md": "c", "mine.md": "mine"}
    assert MemoryFileSystem.store["/bucket/vault/a.md"] is before["/bucket/vault/a.md"]
    with pytest.raises(ExportError, match=r"mine\.md is there, and not of copydesk's making: move it away"):
        RemoteFolder(memory).update(holding({"mine.md": "theirs"}), None)
    assert stored()["mine.md"] == "mine"


def test_an_export_is_gone_on_with(tmp_path: Path, memory: str) -> None:
    for place, tree in (
        (f"{tmp_path}/vault", LocalFolder(f"{tmp_path}/vault")),
        (memory, RemoteFolder(memory)),
    ):
        write_folder(place, holding({"a.md": "a", "b.md": "b"}), force=False)
        tree.check(is_ours=False)
        tree.update(holding({"b.md": "b", "c.md": "c"}), None)
    assert files_in(tmp_path / "vault") == stored() == {"b.md": "b", "c.md": "c"}
