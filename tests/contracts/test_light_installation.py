"""The smaller of two installations: what cleans files needs no package of the extra ``flows``."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "seeds" / "pages"
BEGIN = "from copydesk.__main__ import main; main()"

pytestmark = pytest.mark.slow


def needed() -> set[str]:
    """The packages that ``pip install .`` installs here: those we name, and all that they need."""
    waiting = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    found: set[str] = set()
    for line in waiting:  # it grows
        requirement = Requirement(line)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            waiting += distribution(name).requires or ()
        except PackageNotFoundError:
            continue
        found.add(name)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages as ``pip install .`` leaves it."""
    site = tmp_path_factory.mktemp("site")
    for name in needed():
        package = distribution(name)
        tops = {path.parts[0] for path in package.files or () if path.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(package.locate_file(top))))
    (site / "copydesk").symlink_to(ROOT / "copydesk")
    (site / "pages").mkdir()
    return site


def run(site: Path, *arguments: str, beside: str = "") -> subprocess.CompletedProcess[str]:
    # -S: without the packages of this environment
    command = [sys.executable, "-S", "-c", BEGIN, *arguments]
    environment = {"PYTHONPATH": f"{site}:{beside}", "PATH": "/usr/bin:/bin", "HOME": str(site)}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=site / "pages", check=False
    )


def test_it_is_a_quarter_of_all_packages() -> None:
    assert {"trafilatura", "beautifulsoup4", "langdetect", "numpy"} <= needed()
    assert not {"prefect", "sqlalchemy", "httpx2", "rich", "starlette"} & needed()
    assert len(needed()) <= 38  # tzdata is one of them where python-dateutil is 4


def test_it_cleans_explains_and_lists_rules(site: Path) -> None:
    page = str(PAGES / "en-html-chatbot.html")
    cleaned = run(site, "clean", page, str(PAGES / "de-html-magazine.html"), "--jobs", "2")
    assert (cleaned.returncode, len(cleaned.stdout.splitlines())) == (0, 2)
    for arguments in (["clean", page, "--format", "markdown"], ["explain", page], ["rules"], ["schema"]):
        done = run(site, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        assert done.stdout


def test_the_doctor_says_what_it_can(site: Path) -> None:
    done = run(site, "doctor", "-v")
    checked = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert {"ok   python", "ok   packages", "ok   languages", "ok   cleaning", "ok   disk"} <= {*checked}
    assert "pip install" in done.stdout.splitlines()[-1]
    assert not any("prefect" in name for name in checked)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["ingest"], 5, "Error: copydesk ingest needs the larger installation: pip install '.[flows]'\n"),
        (
            ["ingest", "--mask", "phone", "--sink", "parquet", "--runner", "dask"],
            5,
            "Error: copydesk ingest needs the larger installation: pip install '.[flows,parquet,dask]'\n",
        ),
        (["export", "--format", "parquet", "--to", "x"], 5, "Error: copydesk export needs the larger installation: pip install '.[flows,parquet]'\n"),
        (["mcp"], 5, "Error: copydesk mcp needs the larger installation: pip install '.[flows,mcp]'\n"),
        (["clean", "https://127.0.0.1:9/"], 5, "Error: fetching a URL needs httpx2: pip install '.[flows]'\n"),
        (["clean", "page.html.zst"], 1, "page.html.zst: failed (needs_extra): unpacking zstd needs backports.zstd: pip install '.[flows]'\n"),
        (["clean", "page.html.zst", "--mask", "phone"], 2, "Error: --mask: phone needs phonenumberslite: pip install '.[masks]'\n"),
    ],
)  # fmt: skip
def test_a_line_says_what_to_install_for_more(site: Path, arguments: list[str], code: int, line: str) -> None:
    (site / "pages" / "page.html.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(300))
    done = run(site, *arguments)
    assert done.returncode == code
    assert done.stderr.endswith(line)
    assert "Traceback" not in done.stderr
