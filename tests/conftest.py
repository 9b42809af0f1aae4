"""What several test modules share: the command as users run it, and pages composed for the tests."""

from __future__ import annotations

import fcntl
import gc
import os
import secrets
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Verdict
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.browser.chromium import find_chromium
from copydesk.flows.workers.pool import quota_processors

if TYPE_CHECKING:
    from faulty_server import FaultyServer
    from forked_commands import Commands
    from playwright.sync_api import Browser
    from postgres import Server

# fixtures that stand beside what they give
pytest_plugins = ("stores",)

# the same examples on every run: a change must not fail for what it did not touch. To look for new ones:
# HYPOTHESIS_PROFILE=explore python -m pytest tests/properties/test_law.py
# No deadline: how long one takes says nothing on a busy machine.
SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "same", derandomize=True, max_examples=30, deadline=None, suppress_health_check=SLOW
)
settings.register_profile("explore", max_examples=2_000, deadline=None, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        # the tests run in the background of a shell, or with nohup, and children would inherit that the signal is
        # ignored; a handler they do not
        signal.signal(number, lambda *_: None)

# hundreds of processes are started: each would compile all it imports of ours, a third of the time of a short command
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

HANG_SECONDS = 600.0
"""What has not come by then never comes. No test tells how long a thing takes: on a busy machine that is
anybody's guess.
"""

ARTICLE = """<!doctype html><html lang="en"><head><title>Old clock strikes again</title></head><body>
<nav><a href="/">Home</a> <a href="/town">Town</a> <a href="/sport">Sport</a></nav>
<article><h1>Old clock strikes again</h1>
<p>The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of
some two hundred people had come to the square to hear it.</p>
<p>The mechanism had stood still since a storm bent the axle of the minute hand. Two apprentices of the
watchmaker's school took it apart last winter and made the broken parts anew.</p>
<p>The town council paid for the material only. The watchmaker said that the clock would now lose less
than a minute a month, which was better than on the day it was built.</p></article>
<footer><p>Copyright 2026 Example Courier. All rights reserved.</p></footer></body></html>"""
"""A page with an article of three paragraphs."""


def lines(*raws: str, **more: Any) -> tuple[Block, ...]:
    """Paragraphs with these texts, numbered as those of a page are."""
    return tuple(Block(at, Kind.PARAGRAPH, raw, **more) for at, raw in enumerate(raws))


def rule_context(
    blocks: Sequence[Block],
    labels: Sequence[Label] | None = None,
    *,
    keep: Sequence[float] | None = None,
    share: float = 1.0,
    title: str = "",
    is_html: bool = True,
    is_article_alone: bool = False,
    language: str = "en",
) -> RuleContext:
    """The context of a rule: blocks with labels from the network, before any rule.

    ``keep`` defaults to 0.9 for what is kept and 0.1 for the rest.
    """
    labels = labels or [Label.PARAGRAPH] * len(blocks)
    judged = JudgedPage(
        facts_of(PageTable(tuple(blocks)), language=language, is_html=is_html),
        keep or [0.9 if label in KEPT else 0.1 for label in labels],
        labels,
        [share] * len(labels),
        is_article_alone,
    )
    return RuleContext(judged, title, [Verdict(label, "learned", "") for label in labels])


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names packed bytes as such: they hold the second they were packed in, and workers that began in different seconds
    would collect different tests.
    """
    if isinstance(val, bytes) and val.startswith(b"\x1f\x8b"):
        return f"packed {argname}"
    return None  # as pytest names it


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes share the tests with ``-n auto``: more than processors, since some tests wait, but few. Each
    takes some twenty seconds of processor time to collect the tests and to read the words of all languages.
    """
    return min(4, 1 + min(quota_processors() or 3, os.cpu_count() or 1))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Where several processes share the tests, the first to come has compiled what all import when the others begin:
    each would compile it for as long as it collects.
    """
    run, cache = os.environ.get("PYTEST_XDIST_TESTRUNUID"), getattr(session.config, "cache", None)
    if run is None or cache is None:
        return (yield)
    with (cache.mkdir("collected") / "by").open("a+") as by:
        fcntl.flock(by, fcntl.LOCK_EX)
        by.seek(0)
        if by.read() != run:
            found = yield
            by.truncate(0)
            by.write(run)
            return found
    return (yield)


def pytest_collection_finish() -> None:
    """What has been imported and collected by now stays: the collector need not look through it again and again.

    So do words and weights: a run of one page cleans it in a fork of this process, and each would load them.
    """
    import copydesk.flows.workers.loaded  # noqa: F401

    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests with a Chromium as ``browser``; those, and tests with PostgreSQL, Prefect or commands, as slow."""
    for item in items:
        wanted = set(getattr(item, "fixturenames", ()))
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            values = item.callspec.params.values()
            wanted |= {value for value in values if isinstance(value, str) and value == "postgresql"}
        if "chromium" in wanted:
            item.add_marker("browser")
        slow = wanted & {"chromium", "copydesk", "postgresql", "prefect_client"}
        if slow or item.get_closest_marker("prefect"):
            item.add_marker("slow")
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes > 1:
        items[:] = waiting_first(items, processes)


def waiting_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """The tests in an order in which each of the processes, which get equal parts of it, begins with modules that
    mostly wait: for servers, browsers, schedules.

    Others fill the processors meanwhile, and are short enough to be shared out at the end; in alphabetical order one
    process would be left with the waiting.
    """
    waiting: dict[str, list[pytest.Item]] = {}
    short: list[pytest.Item] = []
    for item in items:
        waits = any(item.get_closest_marker(name) for name in ("browser", "prefect", "waits"))
        (waiting.setdefault(item.nodeid.partition("::")[0], []) if waits else short).append(item)
    parts: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for module in sorted(waiting.values(), key=len, reverse=True):
        min(parts, key=len).extend(module)
    ordered: list[pytest.Item] = []
    for at, part in enumerate(parts):
        # as xdist shares them out: what is left by those who are left
        missing = (len(items) - len(ordered)) // (processes - at) - len(part)
        ordered += [*part, *short[: max(0, missing)]]
        del short[: max(0, missing)]
    return ordered + short


@pytest.fixture(autouse=True)
def response_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's own responses, which is made when one is kept: servers of other tests may have had
    the same port.
    """
    caches = tmp_path_factory.getbasetemp() / "caches" / secrets.token_hex(8)
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    return caches / "copydesk" / "responses"


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, with no settings of ours in the environment."""
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def output(empty_folder: Path) -> Path:
    """An output folder beside a source without pages."""
    (empty_folder / "pages.jsonl").touch()
    (empty_folder / "output").mkdir()
    return Path("output")


@pytest.fixture(scope="module")
def chromium() -> Iterator[None]:
    """Skips tests that need a browser where there is none; with REQUIRE_BROWSER set, they fail instead."""
    try:
        find_chromium()
    except EnvironmentFault as fault:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(str(fault))
        pytest.skip(str(fault))
    yield
    # on a busy machine Playwright's driver may end after its event loop: no fault of the test that runs by then
    left = r"unclosed transport|subprocess \d+ is still running|unclosed file <_io\.FileIO"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", left, ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def browser(chromium: None) -> Iterator[Browser]:  # noqa: ARG001 - skips where there is none
    """A browser for the tests of a module."""
    from watched_page import chromium_browser

    with chromium_browser() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of ours; skips where there is none, with REQUIRE_POSTGRES set fails instead."""
    from postgres import running_server

    with running_server() as server:
        if server is None and os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail("PostgreSQL's initdb, or a user who may run it, is missing")
        if server is None:
            pytest.skip("needs PostgreSQL: its initdb, and a user who may run it")
        yield server


@pytest.fixture(scope="module")
def own_server(postgresql: Server) -> Iterator[Server]:  # noqa: ARG001 - skips where there is none
    """Another PostgreSQL server, which tests of one module may stop."""
    from postgres import running_server

    with running_server() as server:
        assert server is not None
        yield server


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """A server on loopback that misbehaves by path."""
    from faulty_server import faulty_server  # which has its page from here

    with faulty_server() as running:
        yield running


@pytest.fixture(scope="session")
def prefect_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of a Prefect that nobody has used, made once for all processes that run the tests."""
    from prefect_runs import make_tables

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    tables = shared / "prefect-tables"
    with (shared / "prefect-tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds the first one's
        if not tables.exists():
            make_tables(shared / "prefect-tables-unfinished")
            (shared / "prefect-tables-unfinished").rename(tables)
    return tables


@pytest.fixture
def home(tmp_path: Path, prefect_tables: Path) -> Path:
    """A Prefect home of the test's own, in which a server need not make its tables first."""
    from prefect_runs import new_home

    return new_home(tmp_path, prefect_tables)


@pytest.fixture(scope="module")
def prefect_client(
    tmp_path_factory: pytest.TempPathFactory, prefect_tables: Path
) -> Iterator[dict[str, str]]:
    """The environment of a client of a running Prefect server: one for all tests of a module that need not stop theirs.

    One for all modules would look for work until the last test of each process: a minute of processor time in all.
    """
    from prefect_runs import new_home, server

    with server(new_home(tmp_path_factory.mktemp("client"), prefect_tables)) as env:
        yield env


@pytest.fixture(scope="module")
def prefect_commands(prefect_client: dict[str, str]) -> Iterator[Commands]:
    """Where commands are run that report to that server: each would load Prefect for seconds."""
    from forked_commands import running_commands

    with running_commands(prefect_client, patience_seconds=HANG_SECONDS) as commands:
        yield commands


Copydesk = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def forked_commands() -> Iterator[Commands]:
    """Where commands are run that need not be started afresh."""
    from forked_commands import running_commands

    with running_commands(clean_environment(), patience_seconds=HANG_SECONDS) as commands:
        yield commands


@pytest.fixture
def copydesk(tmp_path: Path, forked_commands: Commands) -> Copydesk:
    """Runs the command in ``tmp_path`` with nothing of the caller's settings."""

    def run(
        *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        env = clean_environment() | (env or {})
        return forked_commands.run(arguments, stdin=stdin, cwd=tmp_path, env=env)

    return run


@pytest.fixture
def invoke(empty_folder: Path) -> Copydesk:  # noqa: ARG001 - the folder that is run in
    """As ``copydesk``, in this process: for what a command says and writes, not for how a process begins and ends."""
    from click.testing import CliRunner

    from copydesk.flows.commands.cli import cli

    def run(
        *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        done = CliRunner().invoke(cli, arguments, input=stdin, env=env, catch_exceptions=False)
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout_bytes, done.stderr_bytes)

    return run


_now = time.monotonic  # noqa: TID251 - for what never comes


@contextmanager
def in_background() -> Iterator[None]:
    """What is started meanwhile is started as a shell starts a command that ends in ``&``: with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def living(session: int, *, patience_seconds: float = 0) -> list[str]:
    """The processes of a session that are still at work, by number, once those about to end have."""
    deadline = _now() + patience_seconds
    while (found := _at_work(session)) and _now() < deadline:
        time.sleep(0.05)
    return found


def wait_until(
    is_so: Callable[[], object], what: str = "it", *, of: subprocess.Popen[Any] | None = None
) -> None:
    """Waits for something that comes some time; fails where it never comes, or the process it is expected of
    ends before.
    """
    deadline = (asked := _now()) + 2 * HANG_SECONDS
    while not is_so():
        assert of is None or of.poll() is None, f"the process ended before {what}: {of.communicate()[1]!r}"
        now = _now()
        assert now < deadline, f"{what} never came"
        # asking a server takes its time, too: a tenth of it, but what is waited for may be over in some seconds
        time.sleep(min(max(0.02, 10 * (now - asked)), 1.0))
        asked = _now()


def _at_work(session: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # gone meanwhile
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(stat.parent.name)
    return found


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to servers on loopback use no proxy."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def clean_environment() -> dict[str, str]:
    """This environment without settings of copydesk and proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COPYDESK_", "NO_COLOR")) and not name.lower().endswith("_proxy")
    }
