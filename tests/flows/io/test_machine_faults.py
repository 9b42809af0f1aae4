"""A disk that is full or gone, and a machine that starts no thread or process: one line, exit code 5, what
was written is whole.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ARTICLE, HANG_SECONDS, clean_environment
from faulty_server import FaultyServer
from prefect_runs import write_pages
from web_runs import ingest, records, source_list

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import FlowError, SinkError
from copydesk.flows.io.output_folder import LIBRARY, locked
from copydesk.flows.run.batches import Ingestion, ingest_plainly
from copydesk.flows.sources.kinds.warc_records import WarcRecord, read_records

FULL = Path("/dev/full")

NO_THREAD = textwrap.dedent("""
    import resource, sys, threading

    def refuse():
        \"\"\"No thread can be started from here on: its stack would not fit into the address space.\"\"\"
        with open("/proc/self/statm") as statm:
            bytes_now = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (bytes_now + 2_000_000_000, resource.RLIM_INFINITY))
        threading.stack_size(4_000_000_000)
""")
NO_FILE = textwrap.dedent("""
    import os, resource, sys

    def refuse(spare=0):
        \"\"\"No file, pipe or socket can be opened from here on, but for so many.\"\"\"
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1 + spare, 4096))
""")
NO_PROCESS = textwrap.dedent("""
    import os, resource, sys

    def refuse():
        \"\"\"No process can be started from here on; root has no such limit.\"\"\"
        if os.getuid() == 0:
            os.setuid(54_321)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
""")
NO_SPACE = textwrap.dedent("""
    import resource, sys

    def refuse():
        \"\"\"No file can grow from here on.\"\"\"
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
""")
A_LOOP = """
    from copydesk.flows.crawl.background import Outlet, run_in_background_loop

    async def produce(outlet):
        await outlet.put("item")

    refuse()
    list(run_in_background_loop(produce, Outlet()))
"""
WORKERS = """
    import multiprocessing.synchronize, pebble
    import copydesk.flows.io.worker_start  # what is imported late is read before no file can be opened
    from copydesk.cleaners.types import Page
    from copydesk.flows.io.child import Limits
    from copydesk.flows.workers.pool import PagePool
    from misbehaving import work

    refuse()
    with PagePool(work, limits=Limits(), jobs=2) as pool:
        print([record.reason for record in pool.records([Page("quiet"), Page("quiet")])])
"""
A_SINGLE_PAGE = """
    from copydesk.cleaners.options import Options
    from copydesk.cleaners.types import Page
    from copydesk.flows.io.child import Limits
    from copydesk.flows.workers.pool import clean_pages

    refuse()
    print([record.reason for record in clean_pages([Page("words")], options=Options(), limits=Limits(), jobs=1)])
"""
PARQUET = """
    import pyarrow, pyarrow.parquet
    from copydesk.flows.sources.catalogue import read_pages

    with open("pages.parquet", "wb") as file:
        pyarrow.parquet.write_table(pyarrow.table({"text": ["words"]}), file)
    print(len(list(read_pages(["pages.parquet"]))))
    refuse(spare=1)
    print(list(read_pages(["pages.parquet"])))
"""
A_COPY_OF_PARQUET = """
    import io, zipfile, pyarrow, pyarrow.parquet
    from copydesk.flows.sources.catalogue import read_pages

    held = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": ["words"]}), held)
    with zipfile.ZipFile("pages.zip", "w") as archive:
        archive.writestr("pages.parquet", held.getvalue())
    refuse()
    print(list(read_pages(["pages.zip"])))
"""
A_DRY_RUN = """
    from copydesk.flows.run.batches import ingest_plainly
    from copydesk.flows.config.run_options import IngestOptions

    refuse()
    print(ingest_plainly(IngestOptions(sources=("https://example.org/a",), dry_run=True)))
"""
A_SERVER = """
    from copydesk.flows.run.prefect_server import private_server

    refuse()
    with private_server() as url:
        print(url)
"""
REPORTED = """
    from copydesk.flows.errors import EnvironmentFault

    try:
        main()
    except EnvironmentFault as fault:
        print(f"{fault.exit_code}: {fault}")
"""


def run_script(folder: Path, refusal: str, work: str) -> str:
    """What some work prints, in a process of its own that defines ``refuse``; nothing goes to standard error."""
    script = folder / "run.py"
    work, reported = (textwrap.indent(textwrap.dedent(code), "    ") for code in (work, REPORTED))
    script.write_text(f"{refusal}\ndef main():{work}\nif __name__ == '__main__':{reported}")
    paths = os.pathsep.join((str(Path(__file__).parents[2]), *sys.path))
    environment = clean_environment() | {"PYTHONPATH": paths, "PREFECT_HOME": str(folder / "home")}
    command = [sys.executable, str(script)]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=HANG_SECONDS,
        check=False,
    )
    # CPython itself reports a half-made event loop
    assert run.stderr.partition("Exception ignored in: <function BaseEventLoop.__del__")[0] == "", run.stdout
    return run.stdout


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits what Linux limits")
@pytest.mark.parametrize(
    ("refusal", "work", "message"),
    [
        (NO_THREAD, A_LOOP, "fetching cannot be started: can't start new thread"),
        (NO_THREAD, WORKERS, "worker processes cannot be started: can't start new thread"),
        (NO_FILE, WORKERS, "worker processes cannot be started: too many open files"),
        (NO_PROCESS, A_SINGLE_PAGE, "a worker process cannot be started: resource temporarily unavailable"),
        (NO_FILE, PARQUET, "the reader of Parquet files cannot be started: too many open files"),
        (NO_SPACE, A_COPY_OF_PARQUET, "a temporary file cannot be written: "),
        (NO_SPACE, A_DRY_RUN, "a temporary folder cannot be made: "),
        (NO_SPACE, A_SERVER, "the Prefect server cannot be started: "),
    ],
)
def test_a_failed_start_ends_the_run_in_one_line(
    tmp_path: Path, refusal: str, work: str, message: str
) -> None:
    last = run_script(tmp_path, refusal, work).splitlines()[-1]
    assert last.startswith(f"5: {message}")
    assert "; " in last  # what to do


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a view": (lambda output: (output / "records.jsonl").mkdir(), "records.jsonl"),
    "the library": (
        lambda output: (output / LIBRARY).write_bytes(b"no database" * 1000),
        "is no database; move it away to begin anew",
    ),
    "reservations": (
        lambda output: (output / "archive" / "reserved.warc.gz").mkdir(parents=True),
        "reserved.warc.gz",
    ),
    "rules": (
        lambda output: (output.parent / "copydesk.toml").write_text("[[rule]]\nname = 1\n"),
        "copydesk.toml",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_start_that_fails_gives_back_what_it_had_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (output := tmp_path / "out").mkdir()
    damage, problem = BROKEN[what]
    damage(output)
    is_of_the_archive = what == "reservations"
    source = str(output / "archive") if is_of_the_archive else "https://example.org/a"
    options = IngestOptions(sources=(source,), output=output, jobs=1, from_archive=is_of_the_archive)
    run = Ingestion(options)
    opened = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(FlowError) as caught:
        run.__enter__()
    assert problem in str(caught.value)
    # what other tests have left may be closed meanwhile
    assert set(os.listdir("/proc/self/fd")) <= opened, caught.traceback  # noqa: PTH208
    with locked(output):
        pass  # nobody else is writing there


def test_a_disk_that_is_full_while_a_page_is_archived(
    tmp_path: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "out" / "archive"
    write = os.write

    def write_to_a_full_disk(descriptor: int, data: bytes) -> int:
        files = [os.path.realpath(file) for file in archive.glob("pages-*")]
        if any(os.path.samestat(os.fstat(descriptor), os.stat(file)) for file in files):  # noqa: PTH116
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", write_to_a_full_disk)
    urls = {name: server.url(f"/{name}") for name in ("one", "two")}
    tables = [f'name = "{name}"\nkind = "url"\naddress = "{url}"' for name, url in urls.items()]
    file = source_list(tmp_path, [server], *tables)
    message = "the archive cannot be written: no space left on device; free some space and run again: what was written is kept"
    with pytest.raises(SinkError, match=f"^{archive}: {message}$"):
        ingest(file, tmp_path / "out")
    monkeypatch.undo()
    assert ingest(file, tmp_path / "out").ok == 2  # nobody holds the folder, and both pages are fetched again
    assert len(records(tmp_path / "out")) == 2


ARCHIVING = """
    from datetime import UTC, datetime
    from pathlib import Path
    from copydesk.cleaners.types import Page, Source
    from copydesk.flows.fetching.http.outcomes import Fetched
    from copydesk.flows.library.web.raw_archive import RawArchive

    now = datetime(2026, 11, 21, 6, tzinfo=UTC)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    with RawArchive(Path("out")) as archive:
        for number in range(100):
            body = os.urandom(30_000).hex().encode()
            url = f"https://example.org/{number}"
            archive.keep(Fetched(url, 200, {}, body, now), Page(body=body, url=url, source=Source("url", "paper")))
            print(number, flush=True)
"""


@pytest.mark.slow
def test_an_archive_on_a_disk_that_fills_holds_whole_records(tmp_path: Path) -> None:
    # a limit on the size of a file instead of a full disk: the write that exceeds it is cut short
    *numbers, last = run_script(tmp_path, NO_FILE, ARCHIVING).splitlines()
    assert last.startswith("5: out/archive: the archive cannot be written: ")
    assert 2 < len(numbers) < 100
    (file,) = (tmp_path / "out" / "archive").iterdir()
    with file.open("rb") as opened:
        found = list(read_records(opened, file.name))
    assert all(isinstance(record, WarcRecord) for record in found)
    assert len(found) == len(numbers)


@pytest.mark.slow
def test_an_output_that_is_taken_away_under_a_run_is_reported(tmp_path: Path) -> None:
    pages = write_pages(tmp_path / "pages.jsonl", articles=2)
    output = tmp_path / "out"
    with (  # noqa: PT012
        pytest.raises(SinkError, match=r"out: cannot be completed: .* is gone; "),
        Ingestion(IngestOptions(sources=(str(pages),), output=output, jobs=1)) as run,
    ):
        run.clean_batch()
        shutil.rmtree(output)
    assert ingest_plainly(IngestOptions(sources=(str(pages),), output=output, jobs=1)).ok == 2


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["schema"], ["explain", "page.html"]])
def test_a_full_disk_is_reported_by_commands(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    command = [sys.executable, "-m", "copydesk", *arguments]
    with FULL.open("wb") as full:
        run = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, env=clean_environment(), check=False
        )
    says = b"Error: no space left on device; free some space and run again\n"
    assert (run.returncode, run.stderr) == (5, says)
