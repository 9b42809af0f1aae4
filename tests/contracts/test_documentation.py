"""The documentation is true: what it shows is run word for word, its links lead somewhere, its lines can be read.

The blocks of a document are run in their order in one folder that holds a copy of ``seeds/``. A comment before a block
states what else is done with it:

- ``<!-- run -->``: one of the README's two commands, which ``.ci/run`` runs in a fresh copy of the project
- ``<!-- not run: REASON -->``: each of these is listed below
- ``<!-- file: PATH -->``: the block is the content of a file, which is written
- ``<!-- until: TEXT -->``: the block is stopped, as Ctrl-C does, when it has printed this
- ``<!-- prints -->``: what the block before printed; ``…`` matches anything
- ``<!-- says -->``: some lines of it, in this order
- ``<!-- needs: PACKAGE, … -->``: the block is run where these packages are installed, else reported as skipped

The tutorial begins in an empty folder. With ``TUTORIAL_BIN``, its commands are those of that folder of programs: in
``.ci/run`` those of an environment in which nothing but a wheel is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from conftest import HANG_SECONDS, clean_environment, wait_until
from forked_commands import Commands, running_commands
from markdown_it import MarkdownIt
from markdown_it.token import Token
from prefect_runs import TABLES_ARE_MADE

from copydesk.cleaners.lexicon.words import MODES
from copydesk.cleaners.residue.chatbots.line import Kind
from copydesk.cleaners.residue.note_words import Part
from copydesk.cleaners.schema import AiUse, Processing, Provenance, Record, Usage
from copydesk.cleaners.types import Label
from copydesk.flows.run.prefect_server import free_port

ROOT = Path(__file__).resolve().parents[2]
MOST_CHARS = 120
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
"""Whose blocks are run."""
FROM_NOTHING = [ROOT / "docs" / "tutorial.md"]
"""Those whose blocks are run in an empty folder."""
DOCUMENTS = [
    *GUIDES,
    *sorted((ROOT / "docs").glob("*/*.md")),
    *(ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "seeds/README.md")),
    *(ROOT / name for name in ("training/README.md", "benchmarks/README.md")),
]
NOT_RUN = {
    "docs/export.md": ["needs an account"],
    "docs/figures.md": ["needs the data sets, and hours", "needs the data sets", "takes minutes"],
    "docs/install.md": ["makes a whole environment for a command", "needs Docker"],
    "docs/schedules.md": ["never ends", "needs a Prefect server that stays up"],
    "docs/sources.md": ["asks the network"],
    "docs/stores.md": ["needs a PostgreSQL server"],
}
"""The blocks that no test runs, by their reasons. A new one is a decision, not an accident."""
RUN_BY_CI = {"README.md": 2, "docs/install.md": 2, "docs/tutorial.md": 1}
_MARK = re.compile(r"<!-- (?P<what>run|not run|until|file|prints|says|needs)(?:: (?P<about>[^>]+?))? -->\s*")
_CODE = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": ["python3", "-c"]}
_ANYTHING = "…"


class Fence(NamedTuple):
    """A fenced block: the language it names, its text, its line (from 1), and the mark before it."""

    language: str
    text: str
    line: int
    what: str = ""
    about: str = ""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))


@cache
def fences(path: Path) -> list[Fence]:
    found, mark = [], None
    for token in parsed(path):
        if token.type == "html_block":
            mark = _MARK.fullmatch(token.content)
        elif token.type == "fence" and token.map:
            attributes = mark.groupdict(default="") if mark else {"what": "", "about": ""}
            found.append(Fence(token.info, token.content, token.map[0] + 1, **attributes))
            mark = None
    return found


def missing(fence: Fence) -> list[str]:
    """The packages that a block needs and that are not installed."""
    needed = fence.about.split(", ") if fence.what == "needs" else ()
    return [package for package in needed if not importlib.util.find_spec(package)]


def surroundings(document: Path, home: Path) -> dict[str, str]:
    """The environment in which the blocks of a document are run: the commands of this installation come first."""
    programs = str(Path(sys.executable).parent)
    if document in FROM_NOTHING:
        programs = os.environ.get("TUTORIAL_BIN", programs)
    own = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PREFECT_HOME": str(home), "COLUMNS": "120"}
    return clean_environment() | own


def run(fence: Fence, folder: Path, env: dict[str, str]) -> str:
    """Runs a block as a reader would; what it printed."""
    command, patience = [*_CODE[fence.language], fence.text], 2 * HANG_SECONDS
    env = env | {"PATH": f"{folder.with_name('programs')}{os.pathsep}{env['PATH']}"}
    options: Any = {"cwd": folder, "env": env, "stdin": subprocess.DEVNULL, "timeout": patience}
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
    return done.stdout


def run_until(fence: Fence, folder: Path, env: dict[str, str]) -> str:
    """Runs a block that never ends, as a reader would, until it prints the text of its mark; its whole output."""
    output = folder.with_name("output.txt")
    # a Prefect server of its own, which another test's cannot be taken for
    url = f"http://127.0.0.1:{free_port()}/api"
    with output.open("wb") as to, ExitStack() as at_last:
        command, env = [*_CODE[fence.language], fence.text], env | {"PREFECT_API_URL": url}
        streams: Any = {"stdin": subprocess.DEVNULL, "stdout": to, "stderr": subprocess.STDOUT}
        running = subprocess.Popen(command, cwd=folder, env=env, start_new_session=True, **streams)
        at_last.callback(running.wait)
        # whatever the test found; a process that has ended gets no signal
        at_last.callback(lambda: running.poll() is None and os.killpg(running.pid, signal.SIGKILL))
        wait_until(lambda: fence.about in output.read_text("utf-8") or running.poll() is not None)
        assert running.poll() is None, f"exit code {running.returncode}: {output.read_text('utf-8')}"
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(HANG_SECONDS) == 0, output.read_text("utf-8")
    return output.read_text("utf-8")


def assert_prints(printed: str, shown: str, *, whole: bool) -> None:
    """``whole``: the lines shown are all that is printed; else they are printed in this order, others between them."""
    lines = [line.strip() for line in printed.strip().splitlines()]
    expected = [line.strip() for line in shown.strip().splitlines() if whole or line.strip()]
    assert expected
    if whole:
        found = len(lines) == len(expected) and all(map(is_shown_as, lines, expected))
    else:
        ahead = iter(lines)  # each is looked for behind the one before
        found = all(any(is_shown_as(line, one) for line in ahead) for one in expected)
    assert found, f"shown:\n{shown}\nprinted:\n{printed}"


def is_shown_as(line: str, shown: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split(_ANYTHING))), line) is not None


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    """Where the commands of shells are run; most of them clean the seeds, in a dozen languages."""
    seeds = ROOT / "seeds" / "pages"
    with running_commands(clean_environment(), patience_seconds=HANG_SECONDS, cleaned_before=seeds) as found:
        yield found


@pytest.fixture
def document_commands(document: Path, request: pytest.FixtureRequest) -> Iterator[Commands]:
    """Those of a document."""
    programs = os.environ.get("TUTORIAL_BIN")
    if programs is None or document not in FROM_NOTHING:
        yield request.getfixturevalue("commands")
        return
    env, python = clean_environment(), Path(programs, "python")
    with running_commands(env, patience_seconds=HANG_SECONDS, python=python) as found:
        yield found


@pytest.mark.slow
@pytest.mark.waits
@pytest.mark.parametrize("document", GUIDES, ids=named)
def test_the_examples_of_a_document_work(
    document: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    subtests: pytest.Subtests,
    document_commands: Commands,
) -> None:
    home, folder = tmp_path / ".prefect", tmp_path / "folder"
    env = surroundings(document, home)
    # what a shell runs is forked from a process that has loaded; what runs until it is stopped starts afresh
    (tmp_path / "programs").mkdir()
    document_commands.write_programs(tmp_path / "programs")
    if any("copydesk serve" in fence.text for fence in fences(document) if fence.what == "until"):
        shutil.copytree(request.getfixturevalue("prefect_tables"), home)
        env |= TABLES_ARE_MADE
    folder.mkdir()
    if document not in FROM_NOTHING:
        shutil.copytree(ROOT / "seeds", folder / "seeds")
    printed: str | None = ""
    for fence in fences(document):
        if absent := missing(fence):
            printed = None
            with subtests.test(f"{named(document)}:{fence.line}"):
                pytest.skip(f"{', '.join(absent)} not installed: the block at line {fence.line} is not run")
            continue
        try:
            printed = follow(fence, folder, env, printed)
        except Exception as fault:
            fault.add_note(f"{named(document)}:{fence.line}")
            raise


def follow(fence: Fence, folder: Path, env: dict[str, str], printed: str | None) -> str | None:
    """Does with a block what its mark asks for; what the last block has printed, None where it was not run."""
    if fence.what == "file":
        (folder / fence.about).parent.mkdir(parents=True, exist_ok=True)
        (folder / fence.about).write_text(fence.text, "utf-8")
    elif fence.what in ("prints", "says"):
        if printed is not None:
            assert_prints(printed, fence.text, whole=fence.what == "prints")
    elif fence.what in ("run", "not run"):
        assert fence.language in _CODE
    elif fence.what == "until":
        return run_until(fence, folder, env)
    elif fence.language in _CODE:
        return run(fence, folder, env)
    elif fence.language in ("toml", "json"):
        (tomllib.loads if fence.language == "toml" else json.loads)(fence.text)
    else:
        assert fence.language in ("mermaid", "text"), f"what is a block of {fence.language!r}?"
    return printed


def test_the_blocks_that_no_test_runs_are_few_and_named() -> None:
    found: dict[str, list[str]] = {}
    by_ci: dict[str, int] = {}
    for document in GUIDES:
        for fence in fences(document):
            if fence.what == "not run":
                found.setdefault(named(document), []).append(fence.about)
            by_ci[named(document)] = by_ci.get(named(document), 0) + (fence.what == "run")
    assert found == NOT_RUN
    assert {document: count for document, count in by_ci.items() if count} == RUN_BY_CI
    assert sum(map(len, NOT_RUN.values())) <= 10


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "seeds" / "sources.example.toml"], ids=named)
def test_no_line_is_too_long_to_read(document: Path) -> None:
    """Of Python files `ruff` holds comments and docstrings to the same (``max-doc-length``)."""
    lines = document.read_text("utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > MOST_CHARS] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


def phrase_ids(folder: str) -> list[str]:
    """The ids of phrases in the language files of a folder, wherever the cleaners keep it."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in (ROOT / "cleaners").rglob(f"{folder}/*.toml")]
    return sorted({id_ for file in files for id_ in file.get("phrases", file)})


EXPLAINED: dict[str, Callable[[], list[str]]] = {
    "docs/records.md": lambda: [*Label, *Record.__struct_fields__, *Processing.__struct_fields__],
    "docs/provenance.md": lambda: [
        name for part in (Provenance, AiUse, Usage) for name in part.__struct_fields__
    ],
    "docs/explain.md": lambda: [*Part, *get_args(Kind), *MODES],
    "docs/cues.md": lambda: [id_ for id_ in phrase_ids("languages") if id_.startswith("cue.")],
    "docs/chatbot_lines.md": lambda: phrase_ids("talk"),
}
"""What each guide has to explain: all that a reader may meet in a record, or in what `explain` prints."""


@pytest.mark.parametrize("document", EXPLAINED)
def test_a_document_explains_every_name_of_its_table(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    words = EXPLAINED[document]()
    assert words
    assert [word for word in words if f"`{word}`" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    """To a file of the project, and to a heading in it."""
    for token in parsed(document):
        for child in token.children or ():
            target = str(child.attrs.get("href") or child.attrs.get("src") or "")
            if not target or ":" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


def anchors(document: Path) -> set[str]:
    """The headings as they are named in addresses."""
    tokens = parsed(document)
    titles = [inline.content for head, inline in pairwise(tokens) if head.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.slow
def test_the_picture_is_what_the_cleaner_makes_of_the_page() -> None:
    command = [sys.executable, ROOT / "docs" / "make_picture.py", "--check"]
    drawn = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )
    assert drawn.returncode == 0, drawn.stderr
