"""The command started afresh with code of a test run in its process, and in all Python processes that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import ARTICLE, clean_environment

_HOOK = """
import json, os, signal, sys, threading

program = " ".join(sys.orig_argv)
if "multiprocessing" not in program:
    os.environ["COMMAND"] = str(os.getpid())
    for _ in range({threads}):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
command = int(os.environ["COMMAND"])
is_new_server = "multiprocessing.forkserver" in program
{code}
"""


def clean_hooked(
    folder: Path, code: str, *, pages: int, threads: int, **streams: Any
) -> subprocess.Popen[bytes]:
    """Cleans so many pages with two jobs, in a session of its own.

    ``code`` knows ``command``, the number of the command's process, and ``is_new_server``: whether it runs in an
    interpreter started to fork workers. One is started where the command has ``threads``; else it forks itself.
    """
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(_HOOK.format(threads=threads, code=code))
    (folder / "pages").mkdir()
    for number in range(pages):
        (folder / "pages" / f"{number}.html").write_text(ARTICLE, "utf-8")
    path = os.pathsep.join([str(folder / "hook"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return subprocess.Popen(
        [sys.executable, "-m", "copydesk", "clean", "pages", "--jobs", "2"],
        cwd=folder, env=clean_environment() | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL, start_new_session=True, **streams,
    )  # fmt: skip
