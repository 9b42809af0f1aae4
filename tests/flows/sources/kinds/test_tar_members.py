"""Members of tar archives, of every form that is written, and of what is made to break readers."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.kinds.tar_members import tar_members

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
Member = tuple[str, bytes]


def tarred(members: list[Member], form: str = "pax") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=FORMATS[form]) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


class Pipe(io.BytesIO):
    """A file that cannot be sought, as a packed one."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise AssertionError("it cannot be sought")


def read(file: BinaryIO) -> list[tuple[str, str, bytes]]:
    return [
        (member.name.decode(), member.kind, io.BufferedReader(member.content).read())
        for member in tar_members(file)
    ]


def header(
    name: bytes = b"a", size: bytes = b"00000000003\0", kind: bytes = b"0", magic: bytes = b"ustar\x0000"
) -> bytes:
    """A block of a header with the checksum that it should have."""
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" * 3 + size + b"0" * 12 + b" " * 8 + kind)
    block = block.ljust(257, b"\0") + magic
    block = block.ljust(512, b"\0")
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=90).filter(
    lambda name: name.strip(". ")
)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=1_200)), max_size=4), st.sampled_from(["gnu", "pax"]))
def test_members_come_as_the_standard_library_wrote_them(members: list[Member], form: str) -> None:
    content = tarred(members, form)
    expected = [(name, "0", body) for name, body in members]
    assert read(io.BytesIO(content)) == expected
    assert read(Pipe(content)) == expected


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("length", [100, 101, 155, 240])
def test_long_names_are_read_in_every_form(form: str, length: int) -> None:
    name = ("folder-of-pages/" * 20)[: length - 6] + "x.html"
    assert read(io.BytesIO(tarred([(name, b"one"), ("b", b"two")], form))) == [(name, "0", b"one"), ("b", "0", b"two")]  # fmt: skip


def test_what_is_not_read_of_a_member_is_passed_over() -> None:
    content = tarred([(f"{n}", bytes([n]) * 700) for n in range(4)])
    for file in (io.BytesIO(content), Pipe(content)):
        found = [member.content.read(n * 300) for n, member in enumerate(tar_members(file))]
        assert found == [b"", b"\1" * 300, b"\2" * 600, b"\3" * 700]


DATA = b"abc".ljust(512, b"\0")
MEMBER = header() + DATA
READ, LOST = ("a", "0", b"abc"), ("", "", b"")


def test_what_is_no_archive_or_ends_early_is_reported() -> None:
    for content in (b"", b"x", b"words " * 200, header()[:-1]):
        with pytest.raises((EOFError, Damaged)):
            read(io.BytesIO(content))
    for cut in (0, 512, 513, 514):
        with pytest.raises(EOFError, match="ends early"):
            read(io.BytesIO((MEMBER * 3)[: 1024 + cut]))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (MEMBER + header()[:1], [READ, LOST]), (MEMBER + header()[:511], [READ, LOST]),
        # after damage the next header is found
        (MEMBER + b"\xff" + MEMBER[1:] + MEMBER + bytes(1024), [READ, LOST, READ]),
        (MEMBER + b"\xff" + MEMBER[1:], [READ, LOST]),
        # zeros in place of a header are no end mark, of which there are two
        (MEMBER + bytes(512) + DATA + MEMBER + bytes(512), [READ, LOST, READ]),
        (MEMBER + bytes(512) + MEMBER + bytes(1024) + MEMBER, [READ, LOST, READ]),
        (header(size=b"\x80" + (3).to_bytes(11, "big")) + DATA + bytes(512), [READ]),
    ],
)  # fmt: skip
def test_headers_are_read_and_damaged_ones_reported(
    content: bytes, expected: list[tuple[str, str, bytes]]
) -> None:
    assert read(io.BytesIO(content)) == expected


BEYOND = b"\x80" + (2**87).to_bytes(11, "big")


@pytest.mark.parametrize("make", [io.BytesIO, Pipe])
@pytest.mark.parametrize(
    ("size", "kind"),
    [
        (b"-0000000001\0", b"0"), (b"-0000001000\0", b"2"), (b"+0000000001\0", b"0"), (b"0_000000001\0", b"0"),
        (b"0x000000001\0", b"0"), (b"\x80" + b"\xff" * 11, b"0"), (b"\xff" * 12, b"0"), (b"99999999999\0", b"0"),
        (BEYOND, b"0"), (BEYOND, b"1"), (BEYOND, b"5"),
    ],
)  # fmt: skip
def test_a_size_that_is_none_is_no_header(
    make: Callable[[bytes], BinaryIO], size: bytes, kind: bytes
) -> None:
    content = MEMBER + header(b"bad", size, kind) + MEMBER + bytes(512)
    assert read(make(content)) == [READ, LOST, READ]


def test_a_prefix_is_of_posix_alone() -> None:
    for magic, name in ((b"ustar\x0000", "folder/a"), (b"ustar  \0", "a")):
        block = bytearray(header(magic=magic))
        block[345:351] = b"folder"
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        assert read(io.BytesIO(bytes(block) + DATA + bytes(512))) == [(name, "0", b"abc")]


@pytest.mark.parametrize(
    ("kind", "content", "problem"),
    [
        (b"x", b"no length here\n", "an extended header that is none"),
        (b"x", b"5 a=b\n 7 path", "an extended header that is none"),
        (b"x", b"0 path=a\n", "an extended header that is none"),
        (b"x", b"12 size=nine\n", "an extended header that is none"),
        (b"L", b"x" * 64_001, "an extended header of 64,001 bytes"),
        (b"x", b"x" * 1_000_001, "an extended header of 1,000,001 bytes"),
    ],
)
def test_an_extended_header_that_is_none_is_reported(kind: bytes, content: bytes, problem: str) -> None:
    padded = content + bytes(-len(content) % 512)
    archive = header(size=b"%011o\0" % len(content), kind=kind) + padded + MEMBER + bytes(512)
    with pytest.raises(Damaged, match=problem):
        read(io.BytesIO(archive))


def test_a_header_for_all_names_nobody_and_a_name_is_of_one_member() -> None:
    for kind, names in ((b"g", ["a", "a"]), (b"x", ["named", "a"])):
        extended = header(size=b"%011o\0" % 14, kind=kind) + b"14 path=named\n".ljust(512, b"\0")
        assert [name for name, *_ in read(io.BytesIO(extended + MEMBER * 2 + bytes(512)))] == names
