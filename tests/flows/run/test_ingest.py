"""The ingest flow on a real Prefect server: states, counts, failures, signals, and what serving finds there; where that
is killed: ``serving/test_served_lists.py``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import HANG_SECONDS, Copydesk, wait_until
from prefect_runs import api, environment, is_writing, latest_run, records, started, write_pages

from copydesk.flows.run.reporting.artifacts import KEYS
from copydesk.flows.run.serving.deployments import ENTRYPOINT

if TYPE_CHECKING:
    from forked_commands import Commands

pytestmark = pytest.mark.prefect

CHECKOUT = Path(__file__).resolve().parents[3]
_GUIDE = (CHECKOUT / "docs" / "schedules.md").read_text("utf-8")
AUTOMATION = json.loads(_GUIDE.partition("<!-- file: failures.json -->\n```json\n")[2].partition("```")[0])
"""That of the guide: it waits for a run that did not simply complete."""


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(prefect_commands: Commands, prefect_client: dict[str, str], tmp_path: Path) -> Command:
    """Runs the command on the server of the module, to its end: exit code and standard error."""

    def run(*arguments: str) -> tuple[int, str]:
        done = prefect_commands.run(arguments, stdin=b"", cwd=tmp_path, env=prefect_client)
        return done.returncode, done.stderr.decode()

    return run


@pytest.fixture
def program(prefect_commands: Commands, prefect_client: dict[str, str]) -> Callable[[str, Path], str]:
    """Runs Python code beside that server, in a folder, to its end: what it prints."""

    def run(code: str, folder: Path) -> str:
        env, arguments = prefect_client, ("-c", code)
        done = prefect_commands.run(arguments, stdin=b"", cwd=folder, env=env, program="python3")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.decode()

    return run


def shown_of(url: str, flow_run: dict[str, Any]) -> dict[str, str]:
    """The artifacts of a run by their keys, as pages are listed in ``KEYS``; the keys end with their schedule."""
    found = api(url, "artifacts/filter", flow_runs={"id": {"any_": [flow_run["id"]]}})
    by_key = {artifact["key"]: artifact["data"] for artifact in found}
    endings = {key.removeprefix(what) for what in KEYS for key in by_key if key.startswith(what)}
    assert len(endings) == 1, by_key
    return {key: by_key[key] for key in (what + next(iter(endings)) for what in KEYS)}


def events_of(url: str, name: str, resource: str) -> list[dict[str, Any]]:
    """The events of a name that are related to a resource."""
    of = "resource" if "automation" in name else "related"
    found: list[dict[str, Any]] = api(
        url, "events/filter", filter={"event": {"name": [name]}, of: {"id": [resource]}}
    )["events"]
    return found


def test_runs_report_their_counts_new_articles_and_failures_to_prefect(
    prefect_client: dict[str, str], command: Command, tmp_path: Path
) -> None:
    """Of each run its counts, what is new since the one before, under the same keys, and the trend of both."""
    url, pages = prefect_client["PREFECT_API_URL"], tmp_path / "pages.jsonl"
    automation = api(url, "automations/", **AUTOMATION | {"actions": [{"type": "do-nothing"}]})["id"]
    triggered = ("prefect.automation.triggered", f"prefect.automation.{automation}")
    given = ("ingest", "pages.jsonl", "--jobs", "1", "--field", "html=content")

    def run(articles: int, broken: int) -> tuple[int, str]:
        write_pages(pages, articles=articles, broken=broken)
        pages.write_text(pages.read_text("utf-8").replace('"html":', '"content":'), "utf-8")
        return command(*given)

    code, output = run(2, 0)
    assert (code, "Prefect" in output, "2 pages cleaned: 2 ok" in output) == (0, False, True), output
    first = latest_run(url)
    completed = (
        "2 pages cleaned: 2 ok, 0 partial, 0 rejected, 0 failed; 2 records new, 0 changed, 0 unchanged"
    )
    assert (first["state"]["type"], first["state"]["message"]) == ("COMPLETED", completed)
    assert (first["parameters"]["sources"], first["parameters"]["fields"]) == (
        ["pages.jsonl"],
        ["html=content"],
    )
    sources, new, missing, run_page = shown_of(url, first).values()
    assert ("| `ok` | `2` |" in run_page, "| 2 |" in sources, new.count("Ferry number")) == (True, True, 2)
    assert missing == "All that the sources hold was read, or had been read before.\n"
    # recorded from events, a moment after the run has ended
    of_run = {"id": {"any_": [first["id"]]}}
    wait_until(lambda: api(url, "task_runs/filter", flow_runs=of_run), "the task run")
    assert [task["name"] for task in api(url, "task_runs/filter", flow_runs=of_run)] == ["batch-1"]
    assert not events_of(url, *triggered)
    assert run(3, 1)[0] == 1
    second = latest_run(url)
    wait_until(lambda: events_of(url, *triggered), "the automation")
    # failing pages do not fail the flow
    assert (second["state"]["type"], second["state"]["name"]) == ("COMPLETED", "CompletedWithFailures")
    statuses = [record["status"] for record in records(tmp_path / "output")]
    assert (statuses.count("failed"), statuses.count("ok")) == (1, 3)
    assert second["state"]["message"] == (
        "2 pages cleaned: 1 ok, 0 partial, 0 rejected, 1 failed; "
        "2 records new, 0 changed, 2 unchanged; pages.jsonl: 1 failed (broken_line)"
    )

    assert shown_of(url, first).keys() == shown_of(url, second).keys()
    _, new, missing, run_page = shown_of(url, second).values()
    assert (first["name"], second["name"]) == ("files: 2 new", "pages.jsonl: 1 failing; files: 1 new")
    assert "pages.jsonl" in second["tags"]
    began = [line.split(" | ")[1:] for line in run_page.splitlines() if line.startswith("| 20")]
    assert began == [
        # the page that failed has a record, too
        ["CompletedWithFailures", "1", "2", "0", "2", "0", "1 |"],
        ["Completed", "2", "2", "0", "0", "0", "0 |"],
    ]
    ferries = [line for line in new.splitlines() if "Ferry" in line]
    assert ferries == ["|  |  | Ferry number 2 returns to the harbour | page-2 |"]
    assert "broken_line" in missing
    of_second = f"prefect.flow-run.{second['id']}"
    wait_until(lambda: events_of(url, "copydesk.run.finished", of_second), "the event of the run")
    (finished,) = events_of(url, "copydesk.run.finished", of_second)
    labels = [finished["resource"][f"copydesk.{name}"] for name in ("ended", "articles", "failed")]
    assert labels == ["completed-with-failures", "1", "1"]
    (article,) = events_of(url, "copydesk.article.new", of_second)
    assert article["resource"]["prefect.resource.name"] == "Ferry number 2 returns to the harbour"
    assert article["payload"]["source"] == {"name": "page-2"}


def test_an_unwritable_store_is_reported_in_a_line(
    prefect_client: dict[str, str], command: Command, tmp_path: Path
) -> None:
    pages = write_pages(tmp_path / "pages.jsonl", articles=2)
    (tmp_path / "out" / "records.jsonl").mkdir(parents=True)
    code, output = command("ingest", str(pages), "--output", "out")
    assert code == 5
    assert "Traceback" not in output
    message = "out/records.jsonl: is a folder of somebody else's; move it away"
    assert output.strip().split("\n")[-1] == f"Error: {message}"
    state = latest_run(prefect_client["PREFECT_API_URL"])["state"]
    assert (state["type"], state["message"]) == ("FAILED", message)


def test_more_failures_than_allowed_stop_the_run(
    prefect_client: dict[str, str], command: Command, tmp_path: Path
) -> None:
    write_pages(tmp_path / "pages.jsonl", articles=5, broken=5)
    code, output = command("ingest", "pages.jsonl", "--max-failures", "3")
    assert (code, "--max-failures 3" in output) == (4, True), output
    assert [record["status"] for record in records(tmp_path / "output")] == ["failed"] * 4
    state = latest_run(prefect_client["PREFECT_API_URL"])["state"]
    assert (state["type"], state["name"]) == ("FAILED", "FailureLimit")


def test_an_interrupt_keeps_cleaned_pages(prefect_client: dict[str, str], tmp_path: Path) -> None:
    """Of a run on the server that a profile names."""
    pages = write_pages(tmp_path / "pages.jsonl", articles=5_000)
    home, url = tmp_path / "home", prefect_client["PREFECT_API_URL"]
    home.mkdir()
    (home / "profiles.toml").write_text(f'active = "desk"\n[profiles.desk]\nPREFECT_API_URL = "{url}"\n')
    with started("ingest", str(pages), "--jobs", "1", env=environment(home), cwd=tmp_path) as command:
        wait_until(lambda: is_writing(tmp_path / "output"), "the first record", of=command)
        command.send_signal(signal.SIGINT)
        _, output = command.communicate(timeout=HANG_SECONDS)
    assert command.returncode == 130, output
    assert "Traceback" not in output
    kept = records(tmp_path / "output")
    assert 0 < len(kept) < 5_000
    state = latest_run(url)["state"]
    assert state["type"] == "CANCELLED"
    assert state["message"].startswith(f"Interrupted after {len(kept)} page")


def test_without_a_server_prefect_is_not_imported(tmp_path: Path, invoke: Copydesk) -> None:
    """With -v, that is reported; without, nothing is."""
    write_pages(tmp_path / "pages.jsonl", articles=2)
    listed = '[[source]]\nname = "saved"\nkind = "jsonl"\naddress = "pages.jsonl"\n'
    (tmp_path / "list.toml").write_text(f'[schedule]\ncron = "0 6 * * *"\n{listed}')
    command = ("ingest", "list.toml", "--jobs", "1")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "copydesk", *command, "-v"],
        env=environment(tmp_path / "home"), cwd=tmp_path, check=False, capture_output=True, text=True,
        timeout=2 * HANG_SECONDS,
    )  # fmt: skip
    imported = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time" in line]
    assert done.returncode == 0, done.stderr
    assert "copydesk.flows.run.batches" in imported
    assert [name for name in imported if name.partition(".")[0] == "prefect"] == []
    message = "done without Prefect: no server is configured (PREFECT_API_URL)"
    assert [line for line in done.stderr.splitlines() if "Prefect" in line] == [message]
    assert not (tmp_path / "home").exists()
    assert len(records(tmp_path / "output")) == 2
    quiet = invoke(*command, "--again", env={"PREFECT_HOME": str(tmp_path / "home")})
    assert (quiet.returncode, b"Prefect" in quiet.stderr) == (0, False)


# of Prefect's own command
DEPLOY = """
import sys
from prefect.cli import app

sys.argv = ["prefect", "--no-prompt", "deploy", "--all"]
app()
"""


def test_the_deployment_file_deploys(
    prefect_client: dict[str, str], program: Callable[[str, Path], str]
) -> None:
    url = prefect_client["PREFECT_API_URL"]
    api(url, "work_pools/", name="copydesk", type="process", base_job_template={})
    program(DEPLOY, CHECKOUT)
    deployments = {found["name"]: found for found in api(url, "deployments/filter")}
    assert deployments["hourly"]["entrypoint"] == ENTRYPOINT
    assert deployments["hourly"]["schedules"][0]["active"]
    assert deployments["hourly"]["parameter_openapi_schema"]["properties"]["sources"]["default"] == ["seeds"]


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"parameters": {"output": "/news"}}, "for /news, not for {}/output"),
        ({"work_pool_name": "desks"}, "that copydesk serve did not make"),
    ],
    ids=["of another folder", "for workers"],
)
def test_what_others_have_deployed_is_not_served(
    prefect_client: dict[str, str], command: Command, tmp_path: Path, made: dict[str, Any], problem: str
) -> None:
    url, name = prefect_client["PREFECT_API_URL"], "-".join(made)
    if pool := made.get("work_pool_name"):
        api(url, "work_pools/", name=pool, type="process", base_job_template={})
    flow = api(url, "flows/", name="ingest")["id"]
    api(url, "deployments/", flow_id=flow, name=name, entrypoint=ENTRYPOINT, **made)
    write_pages(tmp_path / "pages.jsonl", articles=1)
    code, output = command("serve", "pages.jsonl", "--every", "1h", "--name", name)
    assert code == 2, output
    assert f"deployment ingest/{name} {problem.format(tmp_path)}: choose another --name" in output


# counts opened files and reads of the clock, beneath the code that is called
COUNTING = """
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run import planning
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.reporting.artifacts import KEYS
from copydesk.flows.run.ingest import run_ingest

seen = Counter()

def opened(event, arguments):
    if event == "open" and str(arguments[0]).endswith("sources.toml"):
        seen["read"] += 1

class Clock(datetime):
    @classmethod
    def now(cls, zone=None):
        seen["now"] += 1
        return datetime.now(zone)

planning.datetime = Clock
sys.addaudithook(opened)
for run, options in [(ingest_plainly, {"dry_run": True}), (ingest_plainly, {}), (run_ingest, {})]:
    seen.clear()
    result = run(IngestOptions(again=True, sources=("sources.toml",), output=Path("out"), jobs=1, **options))
    print(result.ok, seen["read"], seen["now"])
"""


def test_a_run_is_planned_once(program: Callable[[str, Path], str], tmp_path: Path) -> None:
    write_pages(tmp_path / "pages.jsonl", articles=2)
    table = '[[source]]\nname = "{}"\nkind = "jsonl"\naddress = "pages.jsonl"\nsince = "24h"\n'
    (tmp_path / "sources.toml").write_text(table.format("one") + table.format("two"))
    # of each way to run: records, times the list was read, moments it was planned for
    assert program(COUNTING, tmp_path).splitlines() == ["4 1 1"] * 3


# prints which of four runs are left after each pass, before one is under way and then
FOLDING = """
import asyncio
from datetime import UTC, datetime, timedelta
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.states import Running, Scheduled
from copydesk.flows.run.serving.serve import fold_overdue

async def main():
    async with get_client() as client:
        flow = await client.create_flow_from_name("ingest")
        deployment = await client.create_deployment(flow_id=flow, name="folded")
        of_it = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
        now, missed = datetime.now(UTC), []
        for minutes in (3, 2, 1, -60):  # the last is not due yet
            due = Scheduled(scheduled_time=now - timedelta(minutes=minutes))
            missed.append((await client.create_flow_run_from_deployment(deployment, state=due)).id)
        for state in (None, Running()):
            if state is not None:
                await client.set_flow_run_state(missed[0], state, force=True)
            await fold_overdue(client, [deployment])
            ids = [one.id for one in await client.read_flow_runs(deployment_filter=of_it)]
            print(*sorted(map(missed.index, ids)))
        for one in ids:  # of other tests' runs they would be the latest
            await client.delete_flow_run(one)

asyncio.run(main())
"""


def test_missed_runs_are_folded_only_during_a_run(
    program: Callable[[str, Path], str], tmp_path: Path
) -> None:
    """While none is, the runner may have chosen one that the server still calls scheduled: it must find it there."""
    assert program(FOLDING, tmp_path).splitlines() == ["0 1 2 3", "0 2 3"]
