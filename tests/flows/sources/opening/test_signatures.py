"""What a file is by how it begins."""

import pytest

from copydesk.flows.sources.opening.signatures import refused_as


@pytest.mark.parametrize("text", [
    b"ID3 tags, explained", b"BZhang writes of the mill", b"Rar! files and others", b"GIF89a or PNG? A history", b"wOFfice hours of the mill",
    b"<!--" + b"--><!--" * 20_000,
])  # fmt: skip
def test_a_text_is_no_other_file(text: bytes) -> None:
    assert refused_as(text) is None


@pytest.mark.parametrize(("content", "what"), [
    (b"ID3\x03\x00", "a sound recording (MP3)"), (b"BZh91AY&SY", "a file packed by bzip2"),
    (b"wOFF\0\1\0\0", "a font"), (b"Rar!\x1a\x07\x00", "an archive (RAR)"), (b"GIF89a\x01\x00\x01\x00", "a picture (GIF)"),
    (b"GIF89a\x20\x03\x58\x02\xf7\x00\x00", "a picture (GIF)"),
    (b"<?xml version='1.0'?>\n<!-- mine -->\n<opml version='2.0'>", "subscriptions of a feed reader (OPML)"),
])  # fmt: skip
def test_what_is_no_page_is_named(content: bytes, what: str) -> None:
    refused = refused_as(content)
    assert refused is not None
    assert refused[0] == what
