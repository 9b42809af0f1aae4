"""A process of its own for a library that reads a file: a few kilobytes of a table or document may inflate to gigabytes
or keep a parser busy for hours, and what a hostile file does to C++ code must not happen to a run.

The file is the standard input of the process, and its answers are messages on standard output. Both sides import this
module, so it is kept light.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from typing import IO, Any, BinaryIO, TypeVar, cast

import msgspec
from msgspec import Struct

from copydesk.flows.io.decompression import PIECE_BYTES, Damaged
from copydesk.flows.io.import_path import safe_environment
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.io.posix import limit_memory
from copydesk.flows.sources.opening.inflating import InflatesTooFar

MEMORY_BYTES = 1_000_000_000
"""Address space above that of the process at its start: pages of a column, sixteen rows, and one of them as
it is sent.
"""
# set by hand: the eight fields of a page with 20 MB each; larger could fill the memory
_MAX_MESSAGE_BYTES = 200_000_000
_LENGTH_BYTES = 8

Answer = TypeVar("Answer", bound=Struct)


class Fault(Struct, frozen=True, tag="fault"):
    """Why there are no more answers; ``columns`` are those of a table, where others were looked for."""

    reason: str
    message: str
    columns: tuple[str, ...] = ()


class End(Struct, frozen=True, tag="end"):
    """All answers were given. Who gets neither this nor a fault has lost the process."""


class ReaderEnded(Damaged):
    """The kernel ended the process, or it was given up: the file is too much for it."""


def answers(
    file: IO[bytes], command: tuple[str, ...], kind: type[Answer], *, what: str, seconds: int
) -> Generator[Answer | Fault, None, None]:
    """The answers of a module run on a file, each after at most twice its ``seconds`` of work: disks and other
    processes take some as well. The process ends with the iterator.

    Raises Damaged where it dies (ReaderEnded: of its limits), InflatesTooFar for an answer beyond measure,
    EnvironmentFault where it cannot be started. ``what``: the file, for messages.
    """
    decode = msgspec.msgpack.Decoder(kind | Fault | End).decode
    with machine_errors(f"the reader of {what}s cannot be started"):
        process = subprocess.Popen(  # noqa: S603 - this interpreter, and no module of the current folder
            [sys.executable, "-m", *command],
            stdin=file,
            stdout=subprocess.PIPE,
            # what the libraries write there is not for people: faults come as messages
            stderr=subprocess.DEVNULL,
            # unbuffered: poll() sees the pipe alone, not what a buffer in front of it holds
            bufsize=0,
            # the system's allocator and one arena: others reserve more address space, which is bounded there
            env=safe_environment() | {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"},
        )
    pipe = cast("IO[bytes]", process.stdout)
    died = f"invalid {what}: the process that read it died of it"
    try:
        while not isinstance(answer := decode(_message(pipe, 2 * seconds)), End):
            yield answer
            if isinstance(answer, Fault):
                return
    except TimeoutError:
        raise ReaderEnded(f"invalid {what}: reading on takes more than {2 * seconds} s") from None
    except EOFError:
        raise (ReaderEnded if process.wait() < 0 else Damaged)(died) from None
    except msgspec.MsgspecError:
        raise Damaged(died) from None
    finally:
        # kill: it may be inside of C++ code, and holds nothing that must be put away
        process.kill()
        process.wait()
        pipe.close()


def _message(pipe: IO[bytes], seconds: int) -> bytes:
    """The next message. Raises TimeoutError, EOFError where the process ends, InflatesTooFar."""
    # one deadline for length and content: a byte now and then must not keep it open
    deadline = time.monotonic() + seconds
    length = int.from_bytes(_exactly(pipe, _LENGTH_BYTES, deadline), "little")
    if length > _MAX_MESSAGE_BYTES:
        raise InflatesTooFar(f"a row of more than {_MAX_MESSAGE_BYTES:,} bytes")
    return _exactly(pipe, length, deadline)


def _exactly(pipe: IO[bytes], count: int, deadline: float) -> bytes:
    """So many bytes."""
    found = bytearray()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while len(found) < count:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        data = pipe.read(min(count - len(found), PIECE_BYTES))
        if not data:
            raise EOFError
        found += data
    return bytes(found)


def give_answers(read: Callable[[BinaryIO], Iterable[Any]], *, what: str, seconds: int) -> None:
    """The life of the process: sends what ``read`` finds in standard input, whatever is wrong with that; ends with it,
    or when nobody takes it.

    ``seconds`` of processor time may pass, unless ``read`` sets the timer anew.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this ends it
    # the signal ends the process by default, also where C++ code would not return to Python
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    limit_memory(MEMORY_BYTES)
    encode = msgspec.msgpack.Encoder(enc_hook=str).encode

    def send(message: Any) -> None:
        data = encode(message)
        sys.stdout.buffer.write(len(data).to_bytes(_LENGTH_BYTES, "little"))
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    try:
        for answer in read(sys.stdin.buffer):
            send(answer)
        send(End())
    except MemoryError:
        most = f"{MEMORY_BYTES // 1_000_000:,} MB"
        send(Fault("too_large", f"reading it takes more than {most} of memory"))
    # whatever the libraries raise for bytes made to break them is written down nowhere
    except Exception as error:  # noqa: BLE001
        first = next(iter(str(error).splitlines()), "") or type(error).__name__
        send(Fault("damaged", f"invalid {what}: {first}"))
    finally:
        os._exit(0)  # the library's threads are not waited for
