"""A folder of pages with a stranger's code among them, which leaves a trace when it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow
from conftest import ARTICLE
from pyarrow import parquet

MODULES = ("json", "numpy", "lxml", "msgspec", "cleaners", "prefect", "sitecustomize", "pebble", "pyarrow", "uvicorn",
           "click", "sqlalchemy", "threading", "signal", "typing", "playwright", "trafilatura", "yaml")  # fmt: skip
PAGES = ("one.html", "two.html", "table.parquet")
_TRAP = (
    "import os\nopen({traces!r} + '/' + __name__.replace('.', '-') + '-' + str(os.getpid()), 'w').close()\n"
)


def hostile_folder(parent: Path) -> Path:
    """A folder of pages, modules that leave a trace when run (``ran``), and settings that name code to be run."""
    folder, traces = parent / "pages", parent / "ran"
    (folder / "flows").mkdir(parents=True)
    traces.mkdir()
    trap = _TRAP.format(traces=str(traces))
    for name in MODULES:
        (folder / f"{name}.py").write_text(trap)
    (folder / "flows" / "__init__.py").write_text(trap)
    for name in ("one", "two"):
        (folder / f"{name}.html").write_text(ARTICLE.replace("Old clock", f"Old clock {name}"), "utf-8")
    table = pyarrow.table({"id": ["three"], "html": [ARTICLE.replace("Old clock", "Old clock three")]})
    parquet.write_table(table, folder / "table.parquet")
    handler = {"()": "os.mkdir", "path": str(traces / "logging-handler")}
    (folder / ".logging.json").write_text(json.dumps({"version": 1, "handlers": {"trap": handler}}))
    (folder / ".env").write_text("PREFECT_LOGGING_CONFIG_PATH=.logging.json\n")
    return folder


def spoil_settings(folder: Path) -> None:
    """Who reads Prefect's settings there fails from now on."""
    (folder / "prefect.toml").write_bytes(b"this is no TOML")
    (folder / "pyproject.toml").write_bytes(b'[tool.prefect.api]\nrequest_timeout = "never"\n')
    with (folder / ".env").open("ab") as file:
        file.write(b"\xff\n")


def ran(folder: Path) -> list[str]:
    """What was run, and by which process."""
    return sorted(path.name for path in (folder.parent / "ran").iterdir())
