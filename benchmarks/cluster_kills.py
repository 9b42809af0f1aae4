"""Kills on a cluster: ``python -m benchmarks.cluster_kills --programs /usr/lib/postgresql/17/bin`` (Linux, as root).

Four workers, each in a network namespace of its own, clean WARC and Parquet files of an S3 server on this machine into
PostgreSQL. Workers are killed at random; the database, the run and the scheduler once each. The command is run until it
ends by itself, then each page must have one record.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import boto3
import click
import psycopg
import pyarrow as pa
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.composed import compose_page

WORKERS, FILES, PARAGRAPHS, PATIENCE_SECONDS, MOST_RUNS = 4, 6, 3, 60, 20
BRIDGE, HOST, SCHEDULER, S3, DATABASE = "copydesk", "10.213.0.1", 18786, 18787, 18788
S3_SETTINGS = {
    "AWS_ENDPOINT_URL": f"http://{HOST}:{S3}", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "anybody",
    "AWS_SECRET_ACCESS_KEY": "anything",
}  # fmt: skip
URL = f"postgresql://copydesk@{HOST}:{DATABASE}/postgres"
IP = shutil.which("ip") or "ip"


@click.command()
@click.option("--pages", default=20_000, show_default=True)
@click.option("--programs", type=Path, required=True, help="The folder of initdb and postgres.")
@click.option("--kill-every", default=15.0, show_default=True, help="Seconds from one kill to the next.")
@click.option("--seed", default=0, show_default=True)
def main(*, pages: int, programs: Path, kill_every: float, seed: int) -> None:
    """Cleans pages while what does it is killed, and counts what is lost or doubled."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    os.environ.update(S3_SETTINGS)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        stack.enter_context(_networks())
        services = {
            "store": Service(_python("moto.server", "-H", HOST, "-p", str(S3))),
            "database": Service(_made_database(programs, folder), user="postgres"),
            "scheduler": Service(
                _python(
                    "distributed.cli.dask_scheduler",
                    "--host",
                    HOST,
                    "--port",
                    str(SCHEDULER),
                    "--no-dashboard",
                )
            ),
        } | {f"worker {number}": Service(_worker(number, folder)) for number in range(WORKERS)}
        for service in services.values():
            stack.enter_context(service)
        _wait(_is_there, DATABASE, S3, SCHEDULER)
        _put_pages(pages)
        begun, kills, code = time.perf_counter(), Counter[str](), None
        for _ in range(MOST_RUNS):
            with Service(_ingest(folder)) as run:
                while (code := run.code) is None:
                    _kill_one(services | {"run": run}, kills, chance, _stored() / pages)
                    run.wait(kill_every * chance.uniform(0.5, 1.5))
                    for service in services.values():
                        service.ensure()
            click.echo(
                f"{time.perf_counter() - begun:.0f} s: exit code {code}, {_stored()} pages, killed: {dict(kills)}"
            )
            if code == 0:
                break
        faults = [*([] if code == 0 else ["the run does not come to its end"]), *_faults(pages)]
        click.echo("\n".join(faults) or f"{pages} pages: none is lost, none is there twice")
        sys.exit(bool(faults))


class Service:
    """A process with those it starts; a context manager that ends them."""

    def __init__(self, command: Sequence[str], *, user: str | None = None) -> None:
        self._command, self._user = command, user

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            user=self._user,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> None:
        """Waits for its end, and no longer than that."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def kill(self) -> None:
        """Ends all of its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ensure(self) -> None:
        """Starts it anew where it has ended."""
        if self.code is not None:
            self.__enter__()


def _kill_one(
    services: Mapping[str, Service], kills: Counter[str], chance: random.Random, share: float
) -> None:
    """A worker at random; the others once each, when so many of the pages are there."""
    for name, least in (("database", 1 / 4), ("run", 1 / 2), ("scheduler", 3 / 4)):
        if share >= least and not kills[name]:
            break
    else:
        name = chance.choice([name for name in services if name.startswith("worker")])
    kills[name.split()[0]] += 1
    services[name].kill()


@contextmanager
def _networks() -> Iterator[None]:
    """A network of this machine and one namespace for each worker."""
    made = [f"link add {BRIDGE} type bridge", f"addr add {HOST}/24 dev {BRIDGE}", f"link set {BRIDGE} up"]
    for number in range(WORKERS):
        space, ours, theirs = f"{BRIDGE}{number}", f"{BRIDGE}h{number}", f"{BRIDGE}n{number}"
        inside = f"-n {space}"
        made += [
            f"netns add {space}", f"link add {ours} type veth peer name {theirs} netns {space}",
            f"link set {ours} master {BRIDGE} up", f"{inside} addr add {_address(number)}/24 dev {theirs}",
            f"{inside} link set {theirs} up", f"{inside} link set lo up",
        ]  # fmt: skip
    try:
        for line in made:
            _ip(line)
        yield
    finally:
        for number in range(WORKERS):
            _ip(f"netns del {BRIDGE}{number}", check=False)
        _ip(f"link del {BRIDGE}", check=False)


def _ip(command: str, *, check: bool = True) -> None:
    subprocess.run((IP, *command.split()), check=check)


def _address(number: int) -> str:
    return f"{HOST.rpartition('.')[0]}.{number + 10}"


def _python(*command: str) -> list[str]:
    return [sys.executable, "-m", *command]


def _worker(number: int, folder: Path) -> list[str]:
    dask = _python(
        "distributed.cli.dask_worker", f"tcp://{HOST}:{SCHEDULER}", "--nthreads", "1", "--no-dashboard", "--host",
        _address(number), "--local-directory", str(folder),
    )  # fmt: skip
    return [IP, "netns", "exec", f"{BRIDGE}{number}", *dask]


def _ingest(folder: Path) -> list[str]:
    options = (
        "--runner",
        f"dask=tcp://{HOST}:{SCHEDULER}",
        "--state",
        URL,
        "--output",
        str(folder / "out"),
        "--quiet",
    )
    return [str(Path(sys.executable).with_name("copydesk")), "ingest", "s3://pages/", *options]


def _made_database(programs: Path, folder: Path) -> list[str]:
    data = folder / "data"
    data.mkdir()
    shutil.chown(data, "postgres")
    made = (programs / "initdb", "-D", data, "-U", "copydesk", "-A", "trust", "-E", "UTF8", "--no-locale")
    subprocess.run(made, user="postgres", cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {HOST}/24 trust\n")
    settings = {"listen_addresses": HOST, "port": DATABASE, "unix_socket_directories": data}
    return [
        str(programs / "postgres"),
        "-D",
        str(data),
        *(f"--{name}={value}" for name, value in settings.items()),
    ]


def _wait(is_there: Callable[[int], bool], *ports: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not all(map(is_there, ports)):
        if time.monotonic() > end:
            raise TimeoutError(f"nothing answers at {ports}")
        time.sleep(0.2)


def _is_there(port: int) -> bool:
    with closing(socket.socket()) as asked:
        return asked.connect_ex((HOST, port)) == 0


def _put_pages(pages: int) -> None:
    """Every other file is a WARC file, the others are Parquet."""
    store = boto3.client("s3")
    store.create_bucket(Bucket="pages")
    for number in range(FILES):
        numbers = range(number, pages, FILES)
        name, content = (
            (f"{number:03}.warc.gz", _warc(numbers))
            if number % 2
            else (f"{number:03}.parquet", _parquet(numbers))
        )
        store.put_object(Bucket="pages", Key=name, Body=content)


def _url(number: int) -> str:
    return f"https://courier.example/news/{number}"


def _body(number: int) -> str:
    return compose_page(paragraphs=PARAGRAPHS, seed=number)


def _warc(numbers: range) -> bytes:
    stream = BytesIO()
    writer = WARCWriter(stream, gzip=True)
    for number in numbers:
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        content = BytesIO(_body(number).encode())
        writer.write_record(
            writer.create_warc_record(_url(number), "response", payload=content, http_headers=head)
        )
    return stream.getvalue()


def _parquet(numbers: range) -> bytes:
    stream = BytesIO()
    table = pa.table({"url": [*map(_url, numbers)], "html": [*map(_body, numbers)]})
    parquet.write_table(table, stream, row_group_size=100)
    return stream.getvalue()


def _asked(query: str) -> list[tuple[Any, ...]]:
    try:
        with psycopg.connect(URL) as connection:
            return connection.execute(query).fetchall()
    # it is being started, or nothing has been made there
    except psycopg.Error:
        return []


def _stored() -> int:
    return sum(number for (number,) in _asked("SELECT count(*) FROM copydesk.records"))


def _faults(pages: int) -> list[str]:
    """What is lost, doubled or left behind."""
    found = Counter(url for (url,) in _asked("SELECT url FROM copydesk.records"))
    wanted = set(map(_url, range(pages)))
    lines = {
        "lost": len(wanted - set(found)), "never asked for": len(set(found) - wanted),
        "there more than once": sum(number > 1 for number in found.values()),
        "parts left behind": len(_asked("SELECT key FROM copydesk.part")),
    }  # fmt: skip
    return [f"{number} {what}" for what, number in lines.items() if number]


if __name__ == "__main__":
    main()
