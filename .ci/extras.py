"""Prints what extras ask for, one requirement a line: ``extras.py NAME...``; ``dependencies``: the project itself."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(names: list[str]) -> list[str]:
    """Those of ``pyproject.toml``."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"] | {"dependencies": project["dependencies"]}
    return [one for name in names for one in extras[name]]


if __name__ == "__main__":
    print("\n".join(requirements(sys.argv[1:])))
