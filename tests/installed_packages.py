"""Packages that bring something to copydesk, as pip leaves them in a folder."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, package: str, group: str, *entries: str, module: str = "") -> None:
    """Puts the metadata of a package there, with entry points in a group of ours, and its module."""
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    with (about / "entry_points.txt").open("a") as file:
        file.write("\n".join((f"[copydesk.{group}]", *entries, "")))
    (folder / f"{package}.py").write_text(module)
