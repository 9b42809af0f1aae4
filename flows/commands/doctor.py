"""``copydesk doctor``: checks everything that cleaning and scheduled runs need."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from copydesk.cleaners.errors import CopydeskError
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.extras import HAS_FLOWS, install
from copydesk.flows.run.prefect_home import answers, owner_of
from copydesk.flows.run.prefect_server import (
    configured_url,
    default_url,
    no_answer,
    private_server,
    set_quiet_defaults,
)

# as requires-python in pyproject.toml
PYTHON = (3, 11)
LOW_DISK_BYTES = 1_000_000_000
"""A hundred thousand records of a usual news page, with all that was cut, need about as much."""

# composed: an article long enough to be one, and navigation that has to go
_PAGE = """<!doctype html><html lang="en"><head><title>Ferry returns to the harbour</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Ferry returns to the harbour</h1>
<p>The old ferry came back to the harbour on Monday after nine months in the yard, and most of the
town stood on the quay to see it. The captain said that the engine had never sounded better.</p>
<p>Tickets cost what they did before the repair, the council said, and the first boat leaves at six
in the morning. Bicycles travel free of charge until the end of the summer.</p></article></body></html>"""
# of the article's beginning; it has to be in the text, "Sport" of the navigation must not
_SENTENCE = "The old ferry came back to the harbour on Monday"


class Check(Struct, frozen=True):
    """A check: its name, whether it passed, the finding, and whether it is of a package."""

    name: str
    ok: bool
    detail: str
    is_package: bool = False


def checks_as_lines(checks: Sequence[Check], *, with_packages: bool) -> Iterator[tuple[bool, str]]:
    """For people, problems first: whether each check passed, and its line. Packages without problems are one line,
    unless ``with_packages``.
    """
    yield from ((False, f"{check.name}: {check.detail}") for check in checks if not check.ok)
    sound = [check for check in checks if check.ok]
    packages = [] if with_packages else [check for check in sound if check.is_package]
    for check in sound:
        if check not in packages:
            yield True, f"{check.name}: {check.detail}"
        elif check is packages[0]:
            yield True, f"packages: {len(packages)} have the versions needed; -v names each"


def run_checks(
    output: Path = Path("output"), *, state: str | None = None, database: str | None = None
) -> tuple[Check, ...]:
    """Makes all checks in a fixed order; takes some seconds, most of them for a Prefect server.

    ``state``, ``database``: that of the library, if not in the output folder. A problem is a failed check, not an
    exception.
    """
    version, oldest = (".".join(map(str, found)) for found in (sys.version_info[:3], PYTHON))
    checks = (
        Check("python", sys.version_info[:2] >= PYTHON, f"{version} (needs {oldest} or later)"),
        *_packages(),
        _checked("languages", _languages),
        _checked("cleaning", _cleaning),
        _checked("output", lambda: _output(output)),
        _checked("disk", lambda: _disk(output)),
    )
    if not HAS_FLOWS:
        detail = f"not installed; what fetches, stores and schedules needs it: {install('flows')}"
        return (*checks, Check("flows", True, detail))
    return (
        *checks,
        _checked("state", lambda: _state(output, state, database)),
        _checked("browser", _browser),
        _checked("prefect", _prefect),
    )


def _checked(name: str, look: Callable[[], str]) -> Check:
    """The check ``look`` makes: its answer is the detail, an error of the kinds we know is the fault."""
    try:
        return Check(name, True, look())
    # other exceptions are bugs of a check, and keep their traceback
    except (CopydeskError, OSError, ImportError, AssertionError) as error:
        # one line, whatever lines the message has
        return Check(name, False, " ".join(str(error).split()) or type(error).__name__)


def _packages() -> tuple[Check, ...]:
    """The packages we depend on, against the bounds our own metadata gives."""
    if find_spec("packaging") is None:  # of the larger installation
        return (Check("packages", True, "`pip check` tells whether their versions fit"),)
    from packaging.requirements import Requirement

    try:
        needed = [Requirement(line) for line in metadata.requires("copydesk") or ()]
    except metadata.PackageNotFoundError:
        return (Check("packages", False, "copydesk is not installed; pip install copydesk"),)
    extras = ("", "flows") if HAS_FLOWS else ("",)
    checks = []
    for need in needed:
        # to lack what other extras install is no fault
        if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        try:
            found = metadata.version(need.name)
            is_ok, detail = need.specifier.contains(found), f"{found} (needs {need.specifier})"
        except metadata.PackageNotFoundError:
            is_ok, detail = False, f"not installed; needs {need.specifier}"
        checks.append(Check(need.name, is_ok, detail, is_package=True))
    return tuple(checks)


def _languages() -> str:
    from copydesk.cleaners.lexicon.words import languages, lexicon

    # each is loaded: a file that is there may be broken
    codes = [lexicon(code).code for code in languages()]
    if not codes:
        raise EnvironmentFault("no language files were installed")
    return f"{len(codes)} load: {', '.join(codes)}"


def _cleaning() -> str:
    from copydesk.cleaners import clean

    record = clean(_PAGE)
    if record.status != "ok" or _SENTENCE not in record.text or "Sport" in record.text:
        raise EnvironmentFault(
            f"the built-in page came out as {record.status}, {len(record.text)} characters"
        )
    return "the built-in page is cleaned as it should be"


def _output(output: Path) -> str:
    folder = _existing(output)
    # tried, because permissions do not show that a disk is full or read-only
    with tempfile.TemporaryFile(dir=folder):
        pass
    return f"{output} can be written" if folder == output else f"{output} can be made in {folder}"


def _disk(output: Path) -> str:
    # of the disk that the folder would be made on
    free = shutil.disk_usage(_existing(output)).free
    if free < LOW_DISK_BYTES:
        raise EnvironmentFault(f"only {free / 1e9:.1f} GB free for {output}")
    return f"{free / 1e9:.1f} GB free"


def _state(output: Path, state: str | None, database: str | None) -> str:
    """Where the library is, which is readable; it is not changed."""
    from copydesk.flows.config.database_url import library_url
    from copydesk.flows.library.library import Library

    return Library.described(output, library_url(os.environ, database=database, state=state))


def _existing(folder: Path) -> Path:
    """The folder, or the closest one above it that is there. Raises NotADirectoryError for a file."""
    # the root is there always, so that one is found
    found = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not found.is_dir():
        raise NotADirectoryError(f"{found} is a file, not a folder")
    return found


def _browser() -> str:
    """The browser for pages that need JavaScript; none is no problem, because few sources need it."""
    from copydesk.flows.fetching.browser.chromium import find_chromium

    try:
        found = find_chromium() or "Playwright's own Chromium"
    except EnvironmentFault as fault:
        return f"none; {fault}"
    return f"{found} can build pages that need their scripts"


def _prefect() -> str:
    # before Prefect is imported: else it would take settings of the current folder
    set_quiet_defaults()
    url = configured_url()
    if url is not None:
        if not answers(url):
            raise EnvironmentFault(no_answer(url))
        return f"the server at {url} answers"
    if answers(default_url()):
        owner = owner_of(default_url())
        use = "serve uses it" if owner.is_us else "serve starts one of its own"
        return f"a server answers at {default_url()} ({owner.shown}): {use}"
    with private_server():
        home = os.environ.get("PREFECT_HOME", "~/.prefect")
        return f"none is configured: ingest does without, and serve can start one (home {home})"
