"""Prints what extras ask for, one requirement a line: ``extras.py NAME...``; ``dependencies``: the project itself."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path


def requirements(names: Iterable[str]) -> Iterator[str]:
    """Those of ``pyproject.toml``; of extras that name others of ours, these ones' instead."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"] | {"dependencies": project["dependencies"]}
    for requirement in (one for name in names for one in extras[name]):
        if requirement.startswith("copydesk["):
            yield from requirements(requirement.removeprefix("copydesk[").removesuffix("]").split(","))
        else:
            yield requirement


if __name__ == "__main__":
    print("\n".join(requirements(sys.argv[1:])))
