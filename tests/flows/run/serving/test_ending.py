"""How serving ends while its server starts, and where that is silent; where it is killed: ``test_served_lists.py``."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HANG_SECONDS, wait_until
from prefect_runs import environment, faults, living, server_processes, started, write_pages

from copydesk.flows.run.prefect_server import free_port

# serves by a server that holds its port and answers nobody, beside a run
SERVING = """
import asyncio, multiprocessing, os, socket, time
from copydesk.flows.run.prefect_server import ServerInUse
from copydesk.flows.run.serving import ending

multiprocessing.set_start_method("fork")
run = multiprocessing.Process(target=time.sleep, args=(3_600,))
run.start()
server = ServerInUse("http://127.0.0.1:%d/api" % socket.create_server(("127.0.0.1", 0)).getsockname()[1], "")

async def serve(stop):
    await asyncio.Event().wait()

try:
    ending.run_to_the_end(serve, lambda stop: stop.set(), server)
except ending.ServerGone as fault:
    print(run.is_alive(), str(fault).replace(server.url, "URL"), flush=True)
    os._exit(fault.exit_code)
"""


@pytest.mark.slow
def test_serving_that_is_stopped_leaves_a_server_that_does_not_answer_and_ends_its_run() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVING], capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )
    said = "False the Prefect server at URL no longer answers; start serve again\n"
    assert (done.returncode, done.stdout, done.stderr) == (5, said, "")


@pytest.mark.prefect
def test_serve_is_stopped_while_its_server_starts(tmp_path: Path, home: Path) -> None:
    """At the address that is set, where nobody answers yet."""
    write_pages(tmp_path / "pages.jsonl", articles=1)
    env = environment(home, api_url=f"http://127.0.0.1:{(port := free_port())}/api")
    with started("serve", "pages.jsonl", "--every", "1h", env=env, cwd=tmp_path) as command:
        wait_until(lambda: server_processes(home), "a server that starts", of=command)
        line = Path(f"/proc/{server_processes(home)[0]}/cmdline").read_bytes().split(b"\0")
        command.send_signal(signal.SIGTERM)
        output = command.communicate(timeout=HANG_SECONDS)[1]
    assert (command.returncode, faults(output)) == (0, 0), output
    assert str(port).encode() in line
    wait_until(lambda: living(home) == [], "nothing is left")
