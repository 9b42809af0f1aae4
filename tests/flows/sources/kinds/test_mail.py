"""Saved pages, messages and mailboxes: each is a page, and none that is made to break readers does."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from processor_time import bounded
from source_items import only_page, only_unreadable, pages

from copydesk.flows.sources.catalogue import read_pages

SAVED = (
    b"From: <Saved by a browser>\r\nSnapshot-Content-Location: https://example.org/news\r\n"
    b"Subject: =?utf-8?Q?Noon=E2=80=A6?=\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Location: https://example.org/news?id=3D1\r\n\r\n<p>caf=C3=A9</p>\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Location: https://example.org/frame\r\n\r\n<p>frame</p>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"
)


@pytest.mark.parametrize("name", ["a.mhtml", "a.mht", "a.mhtml.gz"])
def test_a_saved_page_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(SAVED) if name.endswith(".gz") else SAVED)
    item = only_page(read_pages([str(tmp_path)]))
    assert isinstance(item.body, bytes)
    assert "café" in item.body.decode()
    assert (item.url, item.content_type) == ("https://example.org/news?id=3D1", "text/html")
    assert (item.source.kind, item.source.name, item.headers["Subject"]) == ("mail", name, "Noon…")
    assert item.fetched_at == "2026-11-20T10:00:00+01:00"


MAILBOX = b"""From - Fri Nov 20 10:00:00 2026
X-Mozilla-Status: 0001
From: Courier <news@example.org>
Subject: Noon

The ferry sails again.

From Monday on: so the port said.
>From there it goes on to the island.
>>From nowhere.

From MAILER-DAEMON Sat Nov 21 10:00:00 2026
From: Gazette <desk@example.org>
Content-Type: text/html

<p>The bridge is closed.</p>

"""


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_each_message_of_a_mailbox_is_a_page(tmp_path: Path, ends: bytes) -> None:
    content = MAILBOX.replace(b"\n", ends)
    (tmp_path / "a.mbox").write_bytes(content)
    (tmp_path / "b.mbox.gz").write_bytes(gzip.compress(content))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("in.mbox", content)
    items = list(read_pages([str(tmp_path)]))
    assert [item.source.name for item in items] == [
        f"{name}:{number}" for name in ("a.mbox", "b.mbox.gz", "c.zip!/in.mbox") for number in (1, 2)
    ]
    assert {item.source.kind for item in items} == {"mail"}
    first, second = pages(items)[:2]
    assert isinstance(first.body, bytes)
    assert isinstance(second.body, bytes)
    assert first.headers == {"From": "Courier <news@example.org>", "Subject": "Noon"}
    assert " ".join(first.body.decode().split()) == (
        "The ferry sails again. From Monday on: so the port said. "
        "From there it goes on to the island. >From nowhere."
    )
    assert (second.content_type, b"bridge" in second.body) == ("text/html", True)


def test_what_is_no_mailbox_is_one_reason(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(b"<p>From here on: a page.</p>\n")
    assert only_unreadable(read_pages([str(tmp_path)])).reason == "damaged"


PART = b"--b\nContent-Type: multipart/mixed" + b";a" * 1000 + b"\n\n"
BREAKING: dict[str, Callable[[], bytes]] = {
    "parts in parts": lambda: b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)),
    "messages in messages": lambda: b"Content-Type: message/rfc822\n\n" * 3000,
    "equals signs": lambda: b"Content-Type: text/html; charset=\xff\nContent-Transfer-Encoding: base64\n\n" + b"=" * 100_000,
    "a long date": lambda: b"Date: " + b"9" * 100_000 + b"\nContent-Type: text/html\n\nx",
    "an image alone": lambda: b"Content-Type: image/png\n\nx",
    "many words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\nContent-Type: text/html\n\nx",
    "many headers": lambda: b"".join(b"X-%d: y\n" % n for n in range(10_000)) + b"Content-Type: text/html\n\nx",
    "returns": lambda: b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + b"\r" * 11_000_000,
    "headers of nothing": lambda: b"a:\n" * 9_900_000 + b"\nx",
    "short lines": lambda: b"Content-Type: text/html\n\n" + b"a\n" * 9_900_000,
    "small parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_200_000,
    "semicolons": lambda: b"Content-Type: multipart/mixed" + b";" * 1_000_000 + b"\n\nx",
    "parameters in parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + PART * 500,
    "boundaries in the text": lambda: b"Content-Type: text/html\n\n" + b"boundary=" * 200_000,
    "34 million letters": lambda: b"Content-Type: text/html\n\n" + b"\xe9" * 34_000_000,
    "36 million letters": lambda: b"Content-Type: text/html\n\n" + b"\xe9" * 36_000_000,
}  # fmt: skip
"""Made when they are wanted: together they are three hundred megabytes."""


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKING)
def test_messages_made_to_break_readers_do_not(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.eml").write_bytes(BREAKING[name]())
    with bounded(150, megabytes=500):
        assert len(list(read_pages([str(tmp_path / "a.eml")]))) == 1


@pytest.mark.slow
def test_a_large_newsletter_is_read(tmp_path: Path) -> None:
    text = "".join(f"<tr>\n<td>\n<p>{n}</p>\n" for n in range(60_000))
    message = EmailMessage()
    for number in range(400):
        message[f"X-Header-{number}"] = "value " * 20
    message["To"] = ", ".join(f"reader{n}@example.org" for n in range(300))
    message["Subject"] = "Noon again"
    message.set_content("plain text\n" + "-- \n" * 300)
    message.add_alternative(text, subtype="html")
    for number in range(80):
        message.add_attachment(os.urandom(8_000), "image", "png", filename=f"{number}.png")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    item = only_page(read_pages([str(tmp_path / "a.eml")]))
    assert item.body == text.encode()
    assert item.headers == {"Subject": "Noon again"}
