"""Whether the compiled core touches memory that is not its own, or makes another record than without sanitizers:
``python -m benchmarks.sanitized``.

The core is compiled once more, in a temporary folder, with AddressSanitizer and UndefinedBehaviorSanitizer of GCC on
Linux. With it the tests of the core are run, again and again with other random examples, and the pages of
``hostile_pages`` cleaned; then these by the usual core. The first thing that a sanitizer finds ends that process with a
report.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.hostile_pages import cleaned_pages

_ROOT = Path(__file__).resolve().parents[1]
_FLAGS = "-fsanitize=address,undefined -O1 -g -fno-omit-frame-pointer -w"
# Python's own objects are seen, too; what a process has not freed when it ends is no fault
_OPTIONS = {
    "PYTHONMALLOC": "malloc",
    "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}
# exceptions of C++, which packages beside ours throw, are lost where it is loaded behind the sanitizers
_LOADED_FIRST = ("libasan.so", "libubsan.so", "libstdc++.so.6")
_TESTS = (
    "decode/test_conditions.py",
    "judge/test_cohesion.py",
    "judge/test_page_texts.py",
    "judge/test_word_numbers.py",
    "segment/test_walk.py",
    "test_core_memory.py",
)
# a module is run with another core, which has to be found before any other module of ours is loaded
_WITHIN = """
import importlib, runpy, sys
from copydesk import _core
core, module = sys.argv.pop(1), sys.argv[1]
_core.__path__.insert(0, core)
import copydesk.cleaners
modules = [importlib.import_module(f"copydesk._core.{name}") for name in _core.MODULES]
elsewhere = [module.__name__ for module in modules if not module.__file__.startswith(core)]
if elsewhere:
    sys.exit(f"not of the core that was compiled: {elsewhere}")
del sys.argv[0]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


@click.command()
@click.option(
    "--rounds", type=click.IntRange(min=0), default=5, show_default=True, help="How often tests are run."
)
@cleaned_pages
def main(*, rounds: int, sample: int, forms: int, seed: int, data: Path) -> None:
    """Run the core's tests, and clean pages in hostile forms, under sanitizers; exit code 1 where anything is wrong."""
    if sys.platform != "linux":
        raise click.UsageError("the sanitizers of GCC are loaded in a way that only Linux knows")
    which = ["--pages", str(sample), "--forms", str(forms), "--seed", str(seed), "--data", str(data)]
    with TemporaryDirectory() as folder:
        core, sanitized = _compiled(Path(folder)), _OPTIONS | {"LD_PRELOAD": _preloaded()}
        tests = [str(_ROOT / "tests" / "cleaners" / name) for name in _TESTS]
        for number in range(rounds):
            given = ["-q", "-n", "0", "-p", "no:cacheprovider", f"--hypothesis-seed={seed + number}"]
            _run(["-c", _WITHIN, core, "pytest", *given, *tests], sanitized)
        files = Path(folder, "sanitized"), Path(folder, "usual")
        pages = "benchmarks.hostile_pages"
        _run(["-c", _WITHIN, core, pages, str(files[0]), *which], sanitized, files[0])
        _run(["-m", pages, str(files[1]), *which], {}, files[1])
        pairs = zip(*(file.read_text("utf-8").splitlines() for file in files), strict=True)
        different = [one.rpartition(" ")[0] for one, other in pairs if one != other]
    for name in different:
        click.echo(f"another record than without sanitizers: {name}")
    click.echo(f"no report of a sanitizer; {len(different):,} records differ")
    sys.exit(1 if different else 0)


def _compiled(folder: Path) -> str:
    """The folder of a core compiled with the sanitizers."""
    into = ["--build-lib", str(folder), "--build-temp", str(folder / "objects")]
    _run(["setup.py", "--quiet", "build_ext", *into], {"CORE_CFLAGS": _FLAGS})
    core = folder / "copydesk" / "_core"
    compiled = [module for module in core.glob("*.so") if b"__asan_report" in module.read_bytes()]
    if len(compiled) != len([*_ROOT.glob("copydesk/_core/*.pyx")]):
        raise click.ClickException("the core could not be compiled with the sanitizers; see above")
    return str(core)


def _preloaded() -> str:
    """The libraries that have to be loaded before all others."""
    compiler = str(sysconfig.get_config_var("CC")).split()[0]
    found = (
        subprocess.run([compiler, f"-print-file-name={name}"], check=True, capture_output=True, text=True)
        for name in _LOADED_FIRST
    )
    return ":".join(one.stdout.strip() for one in found)


def _run(arguments: Sequence[str], environment: Mapping[str, str], file: Path | None = None) -> None:
    """Run Python in the project's folder. What fails ends the command; ``file``: its last line tells the page."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **environment},
    )
    if done.returncode:
        page = file.read_text("utf-8").splitlines()[-1:] if file is not None and file.exists() else []
        raise click.ClickException(" ".join([f"ended with exit code {done.returncode}; see above", *page]))


if __name__ == "__main__":
    main()
