"""On a system without POSIX modules the library cleans pages, and all else says so in one line."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "seeds/pages/en-html-newspaper.html"
BLOCKED = "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None; "
ADVICE = "on Windows use the library (from copydesk import clean), or copydesk in WSL"


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program on a system whose Python has neither module."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code, *arguments], capture_output=True, text=True, check=False
    )


def test_the_library_cleans_a_page_and_refuses_worker_processes() -> None:
    cleans = "from copydesk import clean; print(clean(open(sys.argv[1], 'rb').read()).status)\n"
    refused = "try: clean('x', timeout=3)\nexcept Exception as error: print(error)\n"
    done = run(f"{cleans}{refused}from copydesk import clean_many; list(clean_many(['x']))", str(PAGE))
    status, fault = done.stdout.splitlines()
    last = done.stderr.splitlines()[-1]
    assert (status, last.partition(": ")[0]) == ("ok", "copydesk.flows.errors.EnvironmentFault")
    assert fault.endswith(ADVICE)
    assert last.endswith(ADVICE)


def test_a_command_says_so_in_one_line() -> None:
    done = run("from copydesk.flows.commands.cli import main; main()", "clean", str(PAGE))
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip().endswith(ADVICE)
