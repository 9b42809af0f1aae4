"""What ``import copydesk`` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import copydesk
from copydesk import cleaners

NAMES = {
    "BadPage", "Block", "CopydeskError", "Label", "Options", "Page", "Record", "__version__", "clean",
    "clean_page", "explain", "restore",
}  # fmt: skip
HEAVY = (
    "prefect",
    "numpy",
    "threadpoolctl",
    "lxml",
    "trafilatura",
    "bs4",
    "msgspec",
    "ftfy",
    "langdetect",
    "babel",
    "click",
    "sqlalchemy",
    "httpx",
)


def modules_after(code: str) -> set[str]:
    """Names of the modules a fresh interpreter has loaded after running ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_the_exported_names_are_these() -> None:
    assert set(copydesk.__all__) == set(dir(copydesk)) == NAMES
    assert all(getattr(copydesk, name) is not None for name in NAMES)


def test_importing_loads_nothing_heavy() -> None:
    assert modules_after("import copydesk").isdisjoint(HEAVY)
    assert modules_after("import copydesk.cleaners").isdisjoint(HEAVY)


def test_cleaning_loads_neither_prefect_nor_a_network_client() -> None:
    loaded = modules_after("from copydesk import clean; clean('<p>The clock struck noon on Friday.</p>')")
    assert loaded.isdisjoint(
        {"prefect", "httpx", "requests", "aiohttp", "sqlalchemy", "click", "copydesk.flows"}
    )


def test_cleaners_never_import_flows() -> None:
    code = "import copydesk.cleaners as cleaners; [getattr(cleaners, name) for name in cleaners.__all__]"
    assert "copydesk.flows" not in modules_after(code)


@pytest.mark.parametrize("module", [copydesk, cleaners])
def test_an_unknown_name_is_an_attribute_error_that_names_it(module: object) -> None:
    with pytest.raises(AttributeError, match="no attribute 'scrape'"):
        getattr(module, "scrape")  # noqa: B009


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(AttributeError, match="clean_page"):
        getattr(copydesk, "cleanpage")  # noqa: B009


def test_the_version_is_that_of_the_records() -> None:
    assert copydesk.clean("").processing.copydesk == copydesk.__version__


def test_the_example_of_the_documentation_works() -> None:
    record = copydesk.clean(
        "<article><h1>Ferry resumes</h1><p>Boats sail again from Monday, the port said.</p></article>"
    )
    assert "Boats sail again" in record.text
    assert copydesk.restore(record).split() == [
        *("Ferry", "resumes"),
        *("Boats", "sail", "again", "from", "Monday,", "the", "port", "said."),
    ]
