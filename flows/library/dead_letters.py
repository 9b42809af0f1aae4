"""Dead letters: the events that the receiver of a webhook has refused for good, a line each in a file of the output
folder. They are sent again once somebody puts them back into the outbox.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.appended_file import AppendedFile
from copydesk.flows.io.output_folder import DEAD_LETTERS, sink_errors
from copydesk.flows.io.posix import regular_descriptor
from copydesk.flows.library.library import Library
from copydesk.flows.library.outbox import Message, count_waiting
from copydesk.flows.library.tables import count, is_stored, record, webhook_event
from copydesk.flows.stored import WebhookState


class _Told(Struct, frozen=True):
    """Of a record what a dead letter has: no text, which the library has."""

    id: str
    status: str
    version: int | None = None
    url: str | None = None


class _Letter(Struct, frozen=True):
    """Of a dead letter what is read again."""

    webhook_id: str
    event: str
    type: str
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    record: _Told
    problem: str


_Became = Literal["queued", "waiting", "gone"]
_decode = msgspec.json.Decoder(_Letter).decode


def write_letters(folder: Path, message: Message, problem: str) -> None:
    """Keeps the events of a message. Raises SinkError."""
    file = folder / DEAD_LETTERS
    with sink_errors(file, "cannot take what the webhook refused"):
        appended = AppendedFile(file)
        try:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            letters = [
                {
                    "webhook_id": message.id, "event": event.id, "type": event.type, "timestamp": event.timestamp,
                    "record": msgspec.json.decode(event.data, type=_Told), "refused_at": now, "problem": problem,
                }
                for event in message.events
            ]  # fmt: skip
            appended.append(msgspec.json.Encoder().encode_lines(letters))
            appended.sync()
        finally:
            appended.close()


def state_of_webhook(library: Library | None, folder: Path, *, problem: str = "") -> WebhookState:
    """How the webhook of an output folder is doing. ``problem``: of the last run, where it is known.

    Raises SinkError where the file of dead letters cannot be read, and as ``Library`` does.
    """
    refused, last = 0, b""
    for line in _lines(folder / DEAD_LETTERS):
        refused, last = refused + 1, line
    if last and not problem:
        try:
            problem = _decode(last).problem
        except (msgspec.MsgspecError, UnicodeDecodeError):
            problem = "unknown"  # somebody has edited the file
    waiting = 0
    if library is not None:
        with library.reading() as connection:
            waiting = count_waiting(connection)
    return WebhookState(waiting, refused, problem or None)


def queue_again(library: Library, folder: Path) -> tuple[int, int]:
    """Puts the dead letters of a folder back into the outbox, with their ids, and removes their file; how many were put
    back, and how many are of records that are gone, of which there is nothing to tell.

    Raises EnvironmentFault where a line is no event of this library, SinkError where the file cannot be read.
    """
    file, became = folder / DEAD_LETTERS, Counter[_Became]()
    with library.writing() as connection:
        of = f"evt_{count(connection, 'id'):016x}_"
        for at, line in enumerate(_lines(file), 1):
            try:
                letter = _decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                letter = None
            number = letter.event.removeprefix(of) if letter is not None else ""
            if letter is None or not number.isdecimal() or len(number) > 18:
                raise EnvironmentFault(
                    f"{file}: line {at} is no event of {library.where}; remove it, and retry"
                )
            became[_queue(connection, int(number), letter)] += 1
    # once they are in the library: after a kill in between they are in both, and the receiver may get them twice, by
    # their ids the same
    with sink_errors(file, "cannot be removed"):
        file.unlink(missing_ok=True)
    return became["queued"], became["gone"]


def _queue(connection: sa.Connection, number: int, letter: _Letter) -> _Became:
    """Notes an event again, unless it waits, or its record is gone."""
    found = connection.execute(
        sa.select(record.c.number)
        .where(record.c.id == letter.record.id, is_stored)
        # the version that was told, else what there is of the page
        .order_by((record.c.version == letter.record.version).desc(), record.c.version.desc())
        .limit(1)
    ).scalar()
    waits = sa.select(webhook_event.c.number).where(webhook_event.c.number == number)
    if found is None:
        return "gone"
    if connection.execute(waits).first() is not None:
        return "waiting"
    connection.execute(
        sa.insert(webhook_event).values(
            number=number, record=found, type=letter.type, at=letter.timestamp, message=letter.webhook_id,
            run=0, tried_by=0, tries=0, refusals=0,
        )
    )  # fmt: skip
    return "queued"


def _lines(file: Path) -> Iterator[bytes]:
    with sink_errors(file, "cannot be read"):
        try:
            descriptor = regular_descriptor(file, os.O_RDONLY)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as lines:
            yield from filter(bytes.strip, lines)
