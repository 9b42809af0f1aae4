"""What an installation weighs, package by package: ``python -m benchmarks.install_size``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "copydesk"


@click.command()
@click.argument("packages", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--at-least", default=5.0, show_default=True, help="Megabytes below which none is listed.")
def main(*, packages: Path, at_least: float) -> None:
    """List the heaviest packages and what needs them. PACKAGES is the ``site-packages`` of an environment."""
    found = {str(canonicalize_name(one.name)): one for one in distributions(path=[str(packages)])}
    needs = {name: frozenset(required(one)) & found.keys() for name, one in found.items()}
    sizes = {name: megabytes(one) for name, one in found.items()}
    least = reachable(needs, needs[PROJECT])
    needs[PROJECT] |= frozenset(required(found[PROJECT], "flows")) & found.keys() - {PROJECT}
    whole = reachable(needs, needs[PROJECT])
    without = reachable(needs, needs[PROJECT] - {"prefect"})
    parts = {"cleans files": least, "flows": whole, "Prefect alone brings": whole - without}
    for what, names in parts.items() if "prefect" in found else (("cleans files", least),):
        click.echo(f"{what}: {len(names)} packages, {sum(map(sizes.__getitem__, names)):.0f} MB")
    for name in sorted(whole, key=sizes.__getitem__, reverse=True):
        if sizes[name] >= at_least:
            by = sorted(other for other in {PROJECT, *whole} if name in needs[other])
            click.echo(f"{sizes[name]:6.1f} MB  {name}, for {', '.join(by)}")


def megabytes(one: Distribution) -> float:
    """What the files of a distribution take on the disk, with what Python has compiled of them."""
    paths = (Path(str(one.locate_file(file))) for file in one.files or ())
    return sum(path.stat().st_blocks * 512 for path in paths if path.is_file()) / 1e6


def required(one: Distribution, extra: str = "") -> Iterator[str]:
    """The names of the distributions that one needs here, with an extra of it."""
    for line in one.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield canonicalize_name(wanted.name)


def reachable(needs: Mapping[str, frozenset[str]], names: frozenset[str]) -> frozenset[str]:
    """These distributions and all that they need."""
    seen: set[str] = set()
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += sorted(needs[name])
    return frozenset(seen)


if __name__ == "__main__":
    main()
