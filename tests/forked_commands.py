"""The command as a process of its own that need not load first: forked from one that has loaded what commands load.

To start an interpreter, to load and to free is most of what a short command costs. Of what is loaded when, of what a
command does before, and of how its process ends, tests ask one that is started afresh.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal

_MOST_BYTES = 100_000
"""As much as a request takes: arguments and environment."""


class Commands:
    """Runs ``copydesk``; several commands may run at once."""

    def __init__(self, address: Path, patience_seconds: float) -> None:
        self.address = address
        self._patience_seconds = patience_seconds

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        stdin: bytes,
        cwd: Path,
        env: Mapping[str, str],
        program: Literal["copydesk", "python3"] = "copydesk",
    ) -> subprocess.CompletedProcess[bytes]:
        """As ``subprocess.run`` does. Raises TimeoutError where the command does not end."""
        given = [os.fspath(item) for item in arguments]
        request = json.dumps(
            {"program": program, "arguments": given, "cwd": str(cwd), "env": dict(env)}
        ).encode()
        assert len(request) < _MOST_BYTES
        reader, writer = os.pipe()
        with (
            os.fdopen(writer, "wb", buffering=0) as into,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as command,
        ):
            command.settimeout(self._patience_seconds)
            command.connect(str(self.address))
            socket.send_fds(command, [request], [reader, out.fileno(), err.fileno()])
            os.close(reader)
            with suppress(BrokenPipeError):  # a command that does not listen
                into.write(stdin)
            into.close()
            code = int(command.recv(_MOST_BYTES))
            return subprocess.CompletedProcess(arguments, code, _all_of(out), _all_of(err))

    def write_programs(self, folder: Path) -> None:
        """Writes programs into a folder that run each command here, for shells: ``copydesk``, and ``python3`` with
        ``-c`` or ``-``."""
        for name in ("copydesk", "python3"):
            program = folder / name
            program.write_text(
                _PROGRAM.format(python=sys.executable, address=str(self.address), most=_MOST_BYTES)
            )
            program.chmod(0o755)


_PROGRAM = """#!{python} -IS
import json, os, socket, sys

request = {{"program": os.path.basename(sys.argv[0]), "arguments": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}}
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as command:
    command.connect({address!r})
    socket.send_fds(command, [json.dumps(request).encode()], [0, 1, 2])
    for fd in (0, 1, 2):
        os.close(fd)  # a reader of what the command prints waits for the command alone
    code = int(command.recv({most}))
os._exit(code if code >= 0 else 128 - code)
"""


def _all_of(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


@contextmanager
def running_commands(
    env: Mapping[str, str],
    *,
    patience_seconds: float,
    cleaned_before: Path | None = None,
    python: Path = Path(sys.executable),
) -> Iterator[Commands]:
    """The process from which commands are forked, and ends with it. Where ``env`` names a Prefect server, it has loaded
    Prefect: its commands report there.

    ``cleaned_before``: a folder of pages whose languages that process has loaded; else each worker of each command
    loads them. ``python``: that of the environment whose copydesk it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder, "commands")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as requests:
            requests.bind(str(address))
            requests.listen(100)
            origin = subprocess.Popen(
                [
                    python,
                    __file__,
                    str(requests.fileno()),
                    *([cleaned_before] if cleaned_before else []),
                ],
                env=env,
                pass_fds=[requests.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
        try:
            yield Commands(address, patience_seconds)
        finally:
            try:
                origin.communicate(timeout=patience_seconds)
            finally:
                origin.kill()


def _next_command(requests: socket.socket) -> dict[str, str | list[str] | dict[str, str]] | None:
    """In a process of its own the command that is to be run there; None where all have been run."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that wait for commands are waited for by nobody
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)  # closed with the tests
        while [key.fileobj for key, _ in selector.select()] != [0]:
            command, _ = requests.accept()
            if os.fork():
                command.close()
                continue
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            requests.close()
            request, fds, *_ = socket.recv_fds(command, _MOST_BYTES, 3)
            if process := os.fork():
                for fd in fds:
                    os.close(fd)
                # a program that is ended (`kill $!`) ends the command that it stands for
                if command in select.select([command, pidfd := os.pidfd_open(process)], [], [])[0]:
                    signal.pidfd_send_signal(pidfd, signal.SIGTERM)
                code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                with suppress(BrokenPipeError):  # nobody waits for it
                    command.send(str(code).encode())
                os._exit(0)
            for number, fd in enumerate(fds):
                os.dup2(fd, number)
                os.close(fd)
            command.close()
            found: dict[str, str | list[str] | dict[str, str]] = json.loads(request)
            return found
    return None


def _end_at(codes: Sequence[int]) -> None:
    """Ends this process where a command came to its end: to free all that was loaded is half of a short one's time."""
    if codes:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(codes[0])


def _main() -> None:
    sys.path.pop(0)  # the tests'
    codes: list[int] = []
    atexit.register(_end_at, codes)  # registered first, it runs last
    import gc

    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # no fork copies threads
    import pebble  # noqa: F401

    import copydesk.__main__ as command
    import copydesk.flows.commands.clean
    import copydesk.flows.commands.run_progress
    import copydesk.flows.commands.status
    import copydesk.flows.io.worker_start
    import copydesk.flows.library.copies.settling
    import copydesk.flows.library.records.page_memory
    import copydesk.flows.run.batches
    import copydesk.flows.run.prefect_server
    import copydesk.flows.workers.loaded
    from copydesk import clean

    if "PREFECT_API_URL" in os.environ:
        import copydesk.flows.run.ingest  # noqa: F401
    for folder in sys.argv[2:]:
        for page in Path(folder).iterdir():
            clean(page.read_bytes())
    gc.freeze()
    request = _next_command(socket.socket(fileno=int(sys.argv[1])))
    if request is None:
        return
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[arg-type]
    sys.argv = [str(request["program"]), *request["arguments"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command.drop_cwd_from_path()
    try:
        if request["program"] == "python3":
            sys.path.insert(0, "")  # modules of the reader's folder
            code = sys.argv[2] if sys.argv[1] == "-c" else sys.stdin.read()
            exec(code, {"__name__": "__main__"})  # noqa: S102 - an example of ours
            sys.exit(0)
        command.main()
    except SystemExit as end:
        if isinstance(end.code, int):
            codes.append(end.code)
        raise


if __name__ == "__main__":
    _main()
