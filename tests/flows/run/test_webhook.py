"""A webhook as its receiver meets it: real runs, a real receiver on loopback that is away, slow, or refuses."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Protocol

import pytest
from conftest import ARTICLE, Copydesk
from webhook_receiver import SECRET, Receiver, drip, dripped_body, receiving, silence, status

from copydesk.flows.run import webhook
from copydesk.flows.run.prefect_server import free_port

pytestmark = pytest.mark.slow

OPTIONS = ("--webhook", "${HOOK}", "--webhook-secret", "secret.txt")


class Run(Protocol):
    def __call__(self, receiver: Receiver | str, *options: str) -> CompletedProcess[str]: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "PAUSES_SECONDS", (0.01, 0.02, 0.04))


@pytest.fixture
def run(tmp_path: Path, invoke: Copydesk) -> Run:
    """A run over the folder ``pages``."""
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    (tmp_path / "pages").mkdir()
    page(tmp_path, "1")

    def ingest(receiver: Receiver | str, *options: str) -> CompletedProcess[str]:
        url = receiver if isinstance(receiver, str) else receiver.url
        done = as_text(invoke("ingest", "pages", "--jobs", "1", *OPTIONS, *options, env={"HOOK": url}))
        # neither the path of the URL nor the secret is shown
        assert "s3cret" not in done.stderr + done.stdout
        assert SECRET not in done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done

    return ingest


def page(folder: Path, name: str, day: str = "Friday", article: str = ARTICLE) -> None:
    html = article.replace("Old clock", f"Old clock {name}").replace("Friday", day)
    (folder / "pages" / f"{name}.html").write_text(html, "utf-8")


def as_text(done: CompletedProcess[bytes]) -> CompletedProcess[str]:
    return CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one["type"], one["data"]["title"]) for post in receiver.posts for one in post.events]


def test_the_signature_is_that_of_the_specification() -> None:
    # as libraries of Standard Webhooks have it in their own tests
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    given = webhook.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_new_changed_and_failed_is_told_once(
    run: Run, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page(tmp_path, "empty", article="")
    (tmp_path / "pages" / "lines.jsonl").write_text('{"url": "https://a.example/1"\n')
    caplog.set_level(logging.INFO)
    done = run(receiver)
    assert "webhook: 3 events delivered to http://127.0.0.1:" in done.stderr
    assert "s3cret" not in caplog.text
    (post,) = receiver.posts
    assert post.is_signed
    assert post.path == "/hooks/s3cret-path"
    assert post.headers["content-type"] == "application/json"
    assert post.content["type"] == "records"
    # the record is told as it is stored
    lines = (tmp_path / "output/records.jsonl").read_text("utf-8").splitlines()
    assert [one["data"] for one in post.events] == [json.loads(line) for line in lines]
    assert sorted(one["type"] for one in post.events) == ["record.failed", "record.new", "record.new"]
    assert run(receiver).returncode == done.returncode
    assert len(receiver.posts) == 1
    page(tmp_path, "1", day="Saturday")
    # a copy that is left out in the end is not told
    copy = ARTICLE.replace("Old clock", "Old clock 1", 1).replace("Friday", "Saturday")
    (tmp_path / "pages" / "copy.html").write_text(f"{copy}<p>So it is.</p>")
    assert "left out (--unique)" in run(receiver, "--unique").stderr
    assert told(receiver)[3:] == [("record.changed", "Old clock 1 strikes again")]
    events = [one["id"] for post in receiver.posts for one in post.events]
    assert len(events) == len(set(events)) == 4


def test_a_receiver_that_is_away_for_a_run_gets_all_in_the_next(run: Run, tmp_path: Path) -> None:
    port = free_port()
    done = run(f"http://127.0.0.1:{port}/hooks/s3cret-path")
    assert done.returncode == 0
    assert "left to the next run: no connection could be made" in done.stderr
    page(tmp_path, "2")
    with receiving(port) as receiver:
        assert "webhook: 2 events delivered" in run(receiver).stderr
        assert sorted(told(receiver)) == [("record.new", f"Old clock {n} strikes again") for n in (1, 2)]
        # the first was in a message already, which kept its id
        assert len(set(receiver.ids)) == 2
    # another address gets what waits for the library
    page(tmp_path, "3")
    run(f"http://127.0.0.1:{port}/hooks/s3cret-path")
    with receiving() as elsewhere:
        run(elsewhere)
        assert told(elsewhere) == [("record.new", "Old clock 3 strikes again")]


def test_what_is_answered_with_a_fault_that_passes_is_sent_again_with_its_id(
    run: Run, receiver: Receiver
) -> None:
    receiver.answers = [status(429, Retry_After="1"), status(503), status(408)]
    assert "webhook: 1 event delivered" in run(receiver).stderr
    assert (len(receiver.posts), len(set(receiver.ids))) == (4, 1)
    assert all(one.is_signed for one in receiver.posts)


def test_what_a_receiver_that_answers_500_or_asks_for_long_patience_does_not_take_waits_for_the_next_run(
    run: Run, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    assert "left to the next run: it answered 500 Internal Server Error" in run(receiver).stderr
    assert len(receiver.posts) == 4
    receiver.answer = status(503, Retry_After="3600")
    assert "1 event for http://127.0.0.1:" in run(receiver).stderr
    assert len(receiver.posts) == 5
    receiver.answer = None
    assert "webhook: 1 event delivered" in run(receiver).stderr
    assert len(set(receiver.ids)) == 1


@pytest.mark.parametrize("code", [404, 307])
def test_events_wait_for_a_receiver_that_is_not_there_or_not_for_us(
    run: Run, receiver: Receiver, tmp_path: Path, code: int
) -> None:
    page(tmp_path, "2")
    with receiving() as other:
        receiver.answer = status(code, Location=other.url)
        for _ in range(2):
            assert f"webhook: 2 events for {receiver.url[:16]}" in (said := run(receiver).stderr)
            assert f"left to the next run: it answered {code}" in said
        assert ("redirects are not followed" in said) == (code == 307)
        assert not other.posts
    # once a run: a second later it would be the same
    assert len(receiver.posts) == 2
    receiver.answer = None
    assert "webhook: 2 events delivered" in run(receiver).stderr
    assert not (tmp_path / "output/webhook.dead.jsonl").exists()


def test_what_is_refused_in_three_runs_is_a_dead_letter(run: Run, receiver: Receiver, tmp_path: Path) -> None:
    receiver.answer = status(422)
    assert "it answered 422" in run(receiver).stderr
    page(tmp_path, "2")
    # what others wait behind is tried after them
    receiver.answers = [status(204)]
    assert "webhook: 1 event delivered" in run(receiver).stderr
    assert not (tmp_path / "output/webhook.dead.jsonl").exists()
    done = run(receiver)
    warnings = [line for line in done.stderr.splitlines() if "webhook" in line]
    assert len(warnings) == 1
    assert "1 event refused 3 times by http://127.0.0.1:" in warnings[0]
    (letter,) = map(json.loads, (tmp_path / "output/webhook.dead.jsonl").read_text().splitlines())
    assert letter["webhook_id"] == receiver.posts[0].id
    assert letter["record"]["id"] == receiver.posts[0].events[0]["data"]["id"]
    assert "text" not in letter["record"]
    run(receiver)
    assert len(receiver.posts) == 4


def test_what_waits_and_what_was_refused_is_told_to_programs_and_sent_again(
    run: Run, receiver: Receiver, invoke: Copydesk, tmp_path: Path
) -> None:
    def told_now() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(receiver, "--quiet", "--json").stdout)["webhook"]
        by_status = json.loads(invoke("status", "--json").stdout)["webhook"]
        assert (by_status["waiting"], by_status["refused"]) == (found["waiting"], found["refused"])
        return found

    receiver.answer = status(400)
    answered = "it answered 400 Bad Request"
    assert [told_now() for _ in range(3)] == [
        {"waiting": 1, "refused": 0, "problem": answered},
        {"waiting": 1, "refused": 0, "problem": answered},
        {"waiting": 0, "refused": 1, "problem": answered},
    ]
    receiver.answer = status(500)
    page(tmp_path, "2")
    told_now()
    shown = invoke("status").stdout.decode()
    assert "webhook: 1 event left to the next run with --webhook\n" in shown
    letters = Path("output/webhook.dead.jsonl")
    assert f"webhook: 1 event refused for good, in {letters} (last: {answered}); copydesk retry" in shown
    letter = Path(letters).read_text()
    for other in ("{}", letter.replace('"evt_', '"evt_f')):
        letters.write_text(f"{letter}{other}\n")
        done = as_text(invoke("retry", "--webhook"))
        assert done.returncode == 5
        assert "webhook.dead.jsonl: line 2 is no event of output/library.sqlite; remove it" in done.stderr
        assert json.loads(invoke("status", "--json").stdout)["webhook"]["waiting"] == 1
    # what was put back before a kill could remove the file is there once
    letters.write_text(letter * 2)
    again = as_text(invoke("retry", "--webhook"))
    assert again.stderr == "1 event is queued; the next run into output with --webhook sends it\n"
    assert not (tmp_path / letters).exists()
    receiver.answer = None
    assert told_now() == {"waiting": 0, "refused": 0, "problem": None}
    # a run without a webhook reads no dead letters
    letters.mkdir()
    done = as_text(invoke("ingest", "pages", "--json"))
    assert (done.returncode, json.loads(done.stdout)["webhook"]) == (0, None)
    letters.rmdir()
    # with the ids that it had, so that a receiver knows what it has
    first, *_, last = [
        post for post in receiver.posts if post.events[0]["data"]["title"].startswith("Old clock 1")
    ]
    assert (last.id, last.events) == (first.id, first.events)
    assert as_text(invoke("retry", "--webhook")).stderr.startswith("0 events are queued")
    assert b"--webhook goes alone" in invoke("retry", "--webhook", "--failed").stderr


def test_a_receiver_that_never_ends_its_answer_is_left_at_the_deadline(
    run: Run, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that has begun the status counts, whatever its body does."""
    receiver.answers = [status(500), status(500), drip, silence]
    monkeypatch.setattr(webhook, "TRY_SECONDS", 2.0)
    assert "left to the next run: it did not answer within 2 seconds" in run(receiver).stderr
    assert len(receiver.posts) == 4
    receiver.answer = dripped_body
    assert "webhook: 1 event delivered" in run(receiver).stderr
    assert (len(receiver.posts), len(set(receiver.ids))) == (5, 1)


def test_many_records_are_many_messages_of_a_hundred_at_most_and_none_of_a_run_without_a_webhook(
    run: Run, receiver: Receiver, tmp_path: Path, invoke: Copydesk
) -> None:
    invoke("ingest", "pages", "--jobs", "1")
    pages = (f'{{"url": "https://a.example/{n}", "text": "Ship {n} came in at noon."}}\n' for n in range(130))
    (tmp_path / "pages" / "many.jsonl").write_text("".join(pages))
    assert "webhook: 130 events delivered" in run(receiver).stderr
    assert [len(one.events) for one in receiver.posts] == [100, 30]
    assert len(set(receiver.ids)) == 2


SECRET_FILE = ("--webhook", "https://a.example/", "--webhook-secret")
FAULTS = [
    (SECRET_FILE[:2], "--webhook needs --webhook-secret beside it"),
    (("--webhook-secret", "secret.txt"), "--webhook-secret needs --webhook beside it"),
    ((*SECRET_FILE, SECRET), "--webhook-secret: holds the secret itself, which others could see"),
    ((*SECRET_FILE, "other.txt"), "--webhook-secret: other.txt: there is no such file"),
    ((*SECRET_FILE, "${NONE}"), "environment: NONE is not set, but --webhook-secret uses it"),
    ((*SECRET_FILE, "pages/1.html"), "--webhook-secret: expected whsec_ and 24 to 64 bytes in base64"),
    *(
        (("--webhook", url, "--webhook-secret", "secret.txt"), line)
        for url, line in (
            ("https://me:pw@a.example/", "--webhook: holds a password"),
            *(
                (url, "--webhook: expected a URL such as")
                for url in ("a.example/hook", "http://[", "http://a\x01b/")
            ),
        )
    ),
]


@pytest.mark.parametrize(("options", "line"), FAULTS)
def test_a_wrong_option_is_one_line(
    run: Run,  # noqa: ARG001 - its files
    invoke: Copydesk,
    options: tuple[str, ...],
    line: str,
) -> None:
    done = as_text(invoke("ingest", "pages", *options))
    assert done.returncode == 2, done.stderr
    (told_,) = [one for one in done.stderr.splitlines() if one.strip()]
    assert line in told_
    assert SECRET not in told_
    assert "pw" not in told_
