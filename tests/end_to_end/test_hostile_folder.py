"""A stranger's code among the pages: nothing that lies in the current folder is imported or run by anything
we start.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pyarrow
import pytest
from conftest import ARTICLE, HANG_SECONDS, wait_until
from prefect_runs import (
    environment,
    is_up,
    living,
    records,
    run,
    runs,
    started,
)
from pyarrow import parquet

from copydesk.flows.run.prefect_server import free_port

pytestmark = pytest.mark.prefect

MODULES = ("json", "numpy", "lxml", "msgspec", "cleaners", "prefect", "sitecustomize", "pebble", "pyarrow", "uvicorn",
           "click", "sqlalchemy", "threading", "signal", "typing", "playwright", "trafilatura", "yaml")  # fmt: skip
PAGES = ("one.html", "two.html", "table.parquet")
"""Each by its name: a folder with TOML files is one of lists."""
TRAP = (
    "import os\nopen({traces!r} + '/' + __name__.replace('.', '-') + '-' + str(os.getpid()), 'w').close()\n"
)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder of pages, modules that leave a trace when run (``ran``), and settings that name code to be run."""
    folder, traces = tmp_path / "pages", tmp_path / "ran"
    (folder / "flows").mkdir(parents=True)
    traces.mkdir()
    trap = TRAP.format(traces=str(traces))
    for name in MODULES:
        (folder / f"{name}.py").write_text(trap)
    (folder / "flows" / "__init__.py").write_text(trap)
    for name in ("one", "two"):
        (folder / f"{name}.html").write_text(ARTICLE.replace("Old clock", f"Old clock {name}"), "utf-8")
    table = pyarrow.table({"id": ["three"], "html": [ARTICLE.replace("Old clock", "Old clock three")]})
    parquet.write_table(table, folder / "table.parquet")
    (tmp_path / "list.toml").write_text('[[source]]\nname = "saved"\nkind = "folder"\naddress = "pages"\n')
    handler = {"()": "os.mkdir", "path": str(traces / "logging-handler")}
    (folder / ".logging.json").write_text(json.dumps({"version": 1, "handlers": {"trap": handler}}))
    (folder / ".env").write_text("PREFECT_LOGGING_CONFIG_PATH=.logging.json\n")
    return folder


def completed(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A Python process that has ended."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def ran(pages: Path) -> list[str]:
    """What was run, and by which process."""
    return sorted(path.name for path in (pages.parent / "ran").iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("clean", "."), ("ingest", ".", "--output", "../out"), ("ingest", "../list.toml", "--dry-run"),
        ("explain", "one.html"), ("sources", "check", "../list.toml"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_runs_what_lies_among_the_pages(pages: Path, arguments: tuple[str, ...]) -> None:
    done = completed("-m", "copydesk", *arguments, cwd=pages, env=environment(pages.parent / "home"))
    assert ran(pages) == []
    assert done.returncode == 0, done.stderr
    if arguments == ("clean", "."):
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert sum(record["status"] == "ok" for record in found) == 3, found


def test_neither_do_prefect_and_its_runs_nor_programs_that_use_us(
    pages: Path, tmp_path: Path, home: Path
) -> None:
    """They would also fail if they read Prefect's settings there; what the user names there is found all the same."""
    spoilt = {
        pages / "prefect.toml": b"this is no TOML",
        pages / "pyproject.toml": b'[tool.prefect.api]\nrequest_timeout = "never"\n',
        pages / ".env": (pages / ".env").read_bytes() + b"\xff\n",
    }
    for file, content in spoilt.items():
        file.write_bytes(content)
    url = f"http://127.0.0.1:{free_port()}/api"
    env = environment(home, api_url=url)
    serve = ("serve", *PAGES, "--every", "1h", "--output", str(tmp_path / "served"))
    with started(*serve, env=env, cwd=pages) as command:
        wait_until(lambda: is_up(url), "the server answers", of=command)
        ended = ("COMPLETED", "FAILED", "CRASHED")
        wait_until(lambda: runs(url, *ended, scheduled=False), "the end of the first run", of=command)
        assert runs(url, "COMPLETED", scheduled=False)
        assert_doctor_is_content(pages, env)
        code, printed = run("ingest", *PAGES, "--output", str(tmp_path / "out"), env=env, cwd=pages)
        assert ran(pages) == []
        assert code == 0, printed
        for file in spoilt:
            file.unlink()  # a folder with TOML files is one of lists
        assert_a_program_keeps_its_path(pages, env)
        assert len(runs(url, "COMPLETED", scheduled=False)) == 3
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=HANG_SECONDS)
    assert ran(pages) == []
    served, at_once = records(tmp_path / "served"), records(tmp_path / "out")
    assert [record["status"] for record in served] == ["ok"] * 3
    assert [record["id"] for record in served] == [record["id"] for record in at_once]
    # a server that is slow to end is not waited for
    wait_until(lambda: living(home) == [], "nothing is left")


def assert_doctor_is_content(pages: Path, env: Mapping[str, str]) -> None:
    """What is amiss it names in ``test_doctor.py``."""
    output = pages.parent / "not" / "yet"
    done = completed("-m", "copydesk", "doctor", "--json", "--output", output, cwd=pages, env=env)
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert all(check["ok"] for check in found.values()), found
    assert done.returncode == 0, done.stderr
    assert found["state"]["detail"] == f"{output}/library.sqlite is to be made"
    assert not output.parent.exists()


NOTEBOOK = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    {imports}
    from copydesk.cleaners.options import Options
    from copydesk.flows.run.batches import ingest_plainly
    from copydesk.flows.config.run_options import IngestOptions
    from copydesk.flows.io.child import Limits
    from copydesk.flows.run.ingest import run_ingest
    from copydesk.flows.sources.catalogue import Input, read_pages
    from copydesk.flows.workers.pool import clean_pages

    print("main")  # no guard: nothing runs this file again
    pages, output = map(Path, sys.argv[1:])
    sys.path.insert(0, "")
    os.chdir(pages)
    for names in (("one.html",), (".",)):
        found = clean_pages(read_pages(names, input_=Input.AUTO), options=Options(), limits=Limits(), jobs=2)
        print(sum(record.status == "ok" for record in found))
    before = list(sys.path), os.environ.get("PYTHONPATH"), os.environ.get("PYTHONSAFEPATH")
    print(ingest_plainly(IngestOptions(sources=(".",), output=output / "plainly")).ok)
    print(run_ingest(IngestOptions(sources=(".",), output=output / "prefect")).ok)
    assert before == (list(sys.path), os.environ.get("PYTHONPATH"), os.environ.get("PYTHONSAFEPATH"))
""")


def assert_a_program_keeps_its_path(pages: Path, env: Mapping[str, str]) -> None:
    """And our processes have none of it."""
    # what it imports itself is its own affair, so it imports all before it goes to the pages
    installed = [name for name in MODULES if name not in ("cleaners", "sitecustomize")]
    folder = pages.parent
    script = folder / "notebook.py"
    script.write_text(NOTEBOOK.format(imports="\n".join(f"import {name}" for name in installed)))
    # entries that mean the current folder, or depend on it
    path = os.pathsep.join(("", "lib", ".", os.environ.get("PYTHONPATH", "")))
    done = completed(script, pages, folder / "programs", cwd=folder, env={**env, "PYTHONPATH": path})
    assert done.stdout.splitlines() == ["main", "1", "3", "3", "3"], done.stderr
