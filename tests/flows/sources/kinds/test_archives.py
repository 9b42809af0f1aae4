"""ZIP and tar archives: every whole page in them, whatever is damaged around it; none grows or hangs."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ARTICLE, Copydesk
from processor_time import bounded
from source_items import Items, contents, only_unreadable, outcomes, unreadable
from warc_files import bodies, reasons, warc, zeros

from copydesk.flows.io.zstandard import zstd
from copydesk.flows.sources.catalogue import Input, Unreadable, read_pages
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES


def read(*names: str | Path, input_: Input = Input.AUTO) -> Items:
    return list(read_pages(map(str, names), input_=input_))


PAGES = {f"http://example.org/{n}": f"<p>page {n}</p>".encode() + b"." * (40 * n) for n in range(6)}
PACKED = warc(*PAGES.items(), packed=True)


def test_a_book_that_is_called_an_archive_is_no_folder_of_pages(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", "<container/>")
        book.writestr("one.xhtml", ARTICLE)
    fault = only_unreadable(read(tmp_path))
    assert (fault.reason, fault.message) == (
        "wrong_type",
        "its content is that of a .epub file; give it such a name",
    )


FILES = {
    "a.html": b"<p>a</p>", "b/c.txt": b"c", "lines.jsonl": b'{"id": "one", "text": "1"}\n{"text": "2"}\n',
    "d.warc.gz": PACKED, "e.html.gz": gzip.compress(b"<p>e</p>"), "f.html.zst": zstd.compress(b"<p>f</p>"),
    ".hidden.html": b"hidden", "README.md": b"about", "__MACOSX/._a.html": b"hidden",
}  # fmt: skip


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, files: dict[str, bytes]) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    pack = {".gz": gzip.compress, ".tgz": gzip.compress, ".zst": zstd.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(plain.getvalue()))
    return path


MAKERS = {"a.zip": make_zip, "a.tar": make_tar, "a.tar.gz": make_tar, "a.tgz": make_tar, "a.tar.zst": make_tar}  # fmt: skip
KINDS = pytest.mark.parametrize("name", MAKERS)


@KINDS
def test_archives_are_read_as_folders(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, FILES)
    items = read(tmp_path)
    assert reasons(items) == []
    assert [item.source.name for item in items if item.source.kind != "warc"] == [
        f"{name}!/a.html", f"{name}!/b/c.txt", "one", f"{name}!/lines.jsonl:2", f"{name}!/e.html.gz",
        f"{name}!/f.html.zst",
    ]  # fmt: skip
    files = [item for item in items if item.source.kind == "file"]
    assert contents(files) == [b"<p>a</p>", b"c", b"<p>e</p>", b"<p>f</p>"]
    assert bodies([item for item in items if item.source.kind == "warc"]) == PAGES


@KINDS
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    outside = dict.fromkeys(("../up.html", "/etc/root.html", "a/../../b.html", "C:\\c.html"), b"x")
    items = read(MAKERS[name](tmp_path / name, outside | {"ok.html": b"ok"}))
    assert outcomes(items) == ["outside"] * 4 + [b"ok"]


@pytest.mark.slow
def test_what_ends_an_archive_is_reported_beside_what_a_member_lacks(tmp_path: Path) -> None:
    bad = gzip.compress(b"<p>cut</p>" * 99)[:-9]
    content = make_tar(tmp_path / "a.tar", {"bad.html.gz": bad, "page.html": b"<p>page</p>"}).read_bytes()
    (tmp_path / "a.tar").write_bytes(content[:1024])  # before the header of the second
    assert [item.message for item in unreadable(read(tmp_path))] == [
        "the compressed file ends early",
        "the archive ends early",
    ]
    bombs = {f"{n}.html": bytes(19_000_000) for n in range(3)}
    make_zip(tmp_path / "a.tar", bombs | {"z.html": b"<p>page</p>"}).rename(tmp_path / "b.zip")
    items = read(tmp_path / "b.zip")
    assert reasons(items)[-1] == "too_large"
    assert items[-1].source.name == f"{tmp_path}/b.zip"


@KINDS
def test_archives_in_archives_are_read_two_deep(tmp_path: Path, name: str) -> None:
    make = MAKERS[name]
    content = make(tmp_path / name, {"page.html": b"<p>deep</p>"}).read_bytes()
    for depth in (1, 2):
        content = make(tmp_path / name, {name: content, f"{depth}.html": b"<p>page</p>"}).read_bytes()
    items = read(tmp_path / name)
    assert contents(items) == [b"<p>page</p>"] * 2
    assert reasons(items) == ["too_complex"]
    make(tmp_path / name, {name: make(tmp_path / name, {"page.html": b"<p>deep</p>"}).read_bytes()})
    (item,) = read(tmp_path / name)
    assert item.source.name == f"{tmp_path}/{name}!/{name}!/page.html"


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("link.html")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    link = zipfile.ZipInfo("link.html")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive_:
        archive_.writestr(link, "/etc/passwd")
    assert reasons(read(tmp_path)) == ["not_a_file"] * 5


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (lambda whole, at: whole[: at + 8] + b"\1" + whole[at + 9 :], "unreadable"),  # encrypted
        (lambda whole, _: whole.replace(b"a.html", b"\0.html"), "damaged"),
        (lambda whole, at: whole[: at + 42] + b"\xfe" * 4 + whole[at + 46 :], "damaged"),  # beyond the file
    ],
)
def test_one_unreadable_member_is_one_reason(
    tmp_path: Path, spoiled: Callable[[bytes, int], bytes], reason: str
) -> None:
    whole = make_zip(tmp_path / "a.zip", {"a.html": b"a", "b.html": b"b"}).read_bytes()
    (tmp_path / "a.zip").write_bytes(spoiled(whole, whole.find(b"PK\x01\x02")))
    assert sorted(map(str, outcomes(read(tmp_path)))) == sorted(["b'b'", reason])


@pytest.mark.slow
def test_bombs_in_archives_stop_at_the_cap(tmp_path: Path) -> None:
    bomb = zeros(100_000_000)
    make_zip(tmp_path / "a.zip", {"bomb.jsonl.gz": bomb, "page.html": b"ok"})
    make_tar(tmp_path / "b.tar", {"bomb.html.gz": bomb, "page.html": b"ok"})
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("big.html", "bomb.jsonl", "bomb.tar", "bomb.zip", "bomb.eml"):
            with archive.open(name, "w") as member:
                for _ in range(60):
                    member.write(bytes(1_000_000))
    (tmp_path / "d.tar.gz").write_bytes(bomb)
    (tmp_path / "e.tar.gz").write_bytes(gzip.compress(tar_header(b"a.html", 10**11)) + bomb)
    with bounded(4_000, megabytes=90):
        found = set()
        for item in read_pages([str(tmp_path)]):
            name = item.source.name.rpartition("/")[2]
            found.add((name, item.reason if isinstance(item, Unreadable) else len(item.body)))
    assert found >= {
        ("bomb.jsonl.gz", "too_large"), ("page.html", 2), ("bomb.html.gz", MAX_PAGE_BYTES),
        ("big.html", MAX_PAGE_BYTES), ("bomb.jsonl", "too_large"), ("a.html", MAX_PAGE_BYTES),
        ("e.tar.gz", "too_large"),
    }  # fmt: skip


def tar_header(name: bytes, size: int, kind: bytes = b"0") -> bytes:
    """One header of a tar archive, whatever size it claims."""
    member = tarfile.TarInfo(name.decode())
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [b"x", b"L", b"g", b"K"])
def test_headers_of_any_length_are_not_held(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(tar_header(b"a", 10**11, kind) + bytes(1000))
    with (tmp_path / "a.tar").open("ab") as file:
        file.truncate(2_000_000_000)
    with bounded(4_000, megabytes=50):
        assert len(read(tmp_path / "a.tar")) <= 1


def test_a_list_of_members_of_any_length_is_not_held(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 400_000_000, 0, 0)
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(400_000_000)
        file.seek(0, io.SEEK_END)
        file.write(end)
    with bounded(4_000, megabytes=50):
        assert reasons(read(tmp_path / "a.zip")) == ["too_large"]


def listing(members: int, comment: bytes = b"") -> bytes:
    """The list of a ZIP archive of so many members without names, which is all there is of it."""
    entries = (b"PK\x01\x02" + bytes(42)) * members
    size = len(entries)
    long = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, members, members, size, 0
    ) + struct.pack("<4sIQI", b"PK\x06\x07", 0, size, 1)
    short = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, *[2**16 - 1] * 2, *[2**32 - 1] * 2, len(comment))
    return entries + long + short + comment


@pytest.mark.parametrize(
    ("members", "comment"),
    [
        (1_000_000, b""),
        (1_200_000, b"PK\x06\x06" + bytes(60)),  # as if the list were empty
    ],
)
def test_a_list_of_any_number_of_members_is_not_held(tmp_path: Path, members: int, comment: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(listing(members, comment))
    with bounded(4_000, megabytes=120):
        assert reasons(read(tmp_path / "a.zip")) == ["too_large"]


@pytest.mark.slow
def test_an_extended_header_of_many_entries_is_read_at_once(tmp_path: Path) -> None:
    content = b"16 path=a.html\n\n" + b"5 a=\n" * 20_000
    header = tar_header(b"x", len(content), b"x")
    member = make_tar(tmp_path / "a.tar", {"cut": b"x"}).read_bytes()
    (tmp_path / "a.tar").write_bytes((header + content + bytes(-len(content) % 512)) * 2 + member)
    with bounded(1_000, megabytes=20):
        (item,) = read(tmp_path / "a.tar")
    assert item.source.name.endswith("!/a.html\n")


def test_the_command_reads_archives(tmp_path: Path, invoke: Copydesk) -> None:
    (tmp_path / "crawl").write_bytes(warc(("http://example.org/", ARTICLE.encode())))
    done = invoke("clean", str(tmp_path / "crawl"), "--input", "warc", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["url"] == "http://example.org/"


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_many_empty_files_of_an_archive_are_reported_once(tmp_path: Path, name: str) -> None:
    files = {f"{number:03}.html": b"" for number in range(300)}
    inner = make_zip(tmp_path / "inner.zip", files).read_bytes()
    path = MAKERS[name](tmp_path / name, {**files, "inner.zip": inner, "page.html": ARTICLE.encode()})
    *empty, rest, page = read(path)
    assert [item.source.name for item in empty] == [f"{path}!/{inner}" for inner in list(files)[:100]]
    assert isinstance(rest, Unreadable)
    assert (rest.source.name, rest.reason, rest.status) == (str(path), "empty", "rejected")
    assert rest.message == "more than 100 files in it are empty; the further ones have no record"
    assert page.source.name == f"{path}!/page.html"
