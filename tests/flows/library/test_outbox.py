"""What a library notes for a webhook: with the record, and until its receiver has it."""

from __future__ import annotations

import os
import sqlite3

import pytest
import sqlalchemy as sa
from killed_runs import NEVER, KillableRun, run_of
from page_versions import reading
from stores import emptied
from webhook_receiver import Receiver, receiving, status

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.library import Library
from copydesk.flows.library.outbox import MOST_BYTES
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.run import webhook

KILLS = int(os.environ.get("COPYDESK_KILLS", "3"))


def page(number: int, text: str) -> Record:
    return reading(text, url=f"https://courier.example/{number}", title=f"Ship {number}")


BEFORE = [page(n, f"Ship {n} came in at noon with the tide.") for n in range(6)]
RUN = [page(n, f"Ship {n} came in late, and left its cargo of coal on the quay.") for n in range(0, 6, 2)]
RUN += [page(n, f"Ship {n} came in at noon with the tide.") for n in range(5, 9)]


def told(receiver: Receiver) -> set[tuple[str, str, int | None]]:
    return set().union(*(post.told for post in receiver.posts))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "postgresql"])
def test_a_run_that_is_killed_anywhere_loses_no_event_and_doubles_none_under_another_id(
    kind: str,  # noqa: ARG001 - its parameters
    sink: str,
    place: StoreLocation,
    killable_run: KillableRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "PAUSES_SECONDS", (0.01, 0.02, 0.04))
    with receiving() as receiver:
        run_of(sink, place, BEFORE, webhook=receiver.url)
        length = killable_run(sink, place, RUN, kill_at=NEVER, webhook=receiver.url)
        expected = told(receiver)
    assert len(expected) == 6 + 3 + 3
    for number in range(KILLS):
        # the last third is where messages are taken, sent and deleted
        at = 1 + number * (length - 1) // max(1, KILLS - 1)
        emptied(place)
        with receiving() as receiver:
            run_of(sink, place, BEFORE, webhook=receiver.url)
            # answered with 500 before it takes what the killed run sends again
            receiver.answers = [status(500)] if number % 2 else []
            assert not killable_run(sink, place, RUN, kill_at=min(at, length - 1), webhook=receiver.url)
            run_of(sink, place, RUN, webhook=receiver.url)
            assert told(receiver) == expected, at
            message_of: dict[str, set[str]] = {}
            for post in receiver.posts:
                assert post.is_signed
                for event in post.events:
                    message_of.setdefault(event["id"], set()).add(post.id)
            assert all(len(ids) == 1 for ids in message_of.values()), at
            # each happened once, however often it was sent
            assert len(message_of) == len(expected), at


def test_messages_are_cut_by_the_size_of_their_records(place_of_file: StoreLocation) -> None:
    large = [page(100 + n, f"Ship {n}. " + "coal " * (MOST_BYTES // 12)) for n in range(4)]
    with receiving() as receiver:
        run_of("jsonl", place_of_file, [*large, *RUN], webhook=receiver.url)
        sizes = [len(post.events) for post in receiver.posts]
    assert sizes == [2, 2 + len(RUN)]


def test_what_was_forgotten_is_not_told_any_more(place_of_file: StoreLocation) -> None:
    with receiving() as receiver:
        receiver.answer = status(400)
        run_of("jsonl", place_of_file, BEFORE, webhook=receiver.url)
        gone = receiver.posts[0].events[0]["data"]["id"]
        with Library.open(place_of_file.folder) as library, library.writing() as connection:
            RecordTable(connection).remove([1])
        receiver.answer = None
        run_of("jsonl", place_of_file, [], webhook=receiver.url)
        first, second = receiver.posts
    assert first.id == second.id
    assert len(second.events) == len(BEFORE) - 1
    assert gone not in {one["data"]["id"] for one in second.events}


def without_outbox(place: StoreLocation) -> None:
    """Makes a library as one of an earlier copydesk was."""
    run_of("jsonl", place, BEFORE)
    with sqlite3.connect(place.folder / LIBRARY) as library:
        library.execute("DROP TABLE webhook_event")
        library.execute("DELETE FROM library WHERE name = 'webhook'")


def test_a_library_without_the_table_gets_it_once_there_is_a_webhook(place_of_file: StoreLocation) -> None:
    without_outbox(place_of_file)
    run_of("jsonl", place_of_file, RUN)
    with receiving() as receiver:
        run_of("jsonl", place_of_file, [page(20, "A lamp is lit on the pier.")], webhook=receiver.url)
        assert [len(post.events) for post in receiver.posts] == [1]


def test_a_table_of_somebody_else_is_left_alone(place_of_file: StoreLocation) -> None:
    without_outbox(place_of_file)
    with sqlite3.connect(place_of_file.folder / LIBRARY) as library:
        library.execute("CREATE TABLE webhook_event (what TEXT)")
    run_of("jsonl", place_of_file, RUN)
    with (
        receiving() as receiver,
        pytest.raises(EnvironmentFault, match="has a table webhook_event that copydesk"),
    ):
        run_of("jsonl", place_of_file, RUN, webhook=receiver.url)


def test_numbers_of_events_are_never_given_twice(place_of_file: StoreLocation) -> None:
    with receiving() as receiver:
        run_of("jsonl", place_of_file, BEFORE, webhook=receiver.url)
        run_of("jsonl", place_of_file, RUN, webhook=receiver.url)
        ids = [event["id"] for post in receiver.posts for event in post.events]
    assert len(ids) == len(set(ids))
    with Library.open(place_of_file.folder) as library, library.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM webhook_event")).scalar_one() == 0


@pytest.fixture
def place_of_file(tmp_path_factory: pytest.TempPathFactory) -> StoreLocation:
    return StoreLocation(tmp_path_factory.mktemp("outbox"))
