"""setuptools' build backend, with a C compiler from PyPI (``ziglang``) where the system has none."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401 - hooks of PEP 517 and 660 that need no compiler
    build_sdist,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)


def get_requires_for_build_wheel(settings: Any = None) -> list[str]:
    """What a wheel is built with."""
    return [*build_meta.get_requires_for_build_wheel(settings), *_compiler()]


def get_requires_for_build_editable(settings: Any = None) -> list[str]:
    """What an editable installation is built with."""
    return [*build_meta.get_requires_for_build_editable(settings), *_compiler()]


def build_wheel(directory: str, settings: Any = None, metadata: str | None = None) -> str:
    """The name of the wheel that is built."""
    _use_compiler()
    return str(build_meta.build_wheel(directory, settings, metadata))


def build_editable(directory: str, settings: Any = None, metadata: str | None = None) -> str:
    """The name of the wheel that links to this folder."""
    _use_compiler()
    return str(build_meta.build_editable(directory, settings, metadata))


def _compiler() -> list[str]:
    headers = Path(sysconfig.get_path("include"))
    if not (headers / "Python.h").exists():
        raise SystemExit(
            f"Python's headers are not in {headers}: install them (Debian: python3-dev), or a wheel of copydesk"
        )
    return [] if _has_compiler() else ["ziglang>=0.13"]


def _has_compiler() -> bool:
    named = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    # on Windows setuptools looks for its own
    return os.name == "nt" or shutil.which(shlex.split(named)[0]) is not None


def _use_compiler() -> None:
    if not _has_compiler():
        # else it compiles for the processor that it runs on, and a wheel may be taken elsewhere
        os.environ["CC"] = f"{shlex.quote(sys.executable)} -m ziglang cc -mcpu=baseline"
