"""``copydesk review``: writes an HTML report about a store."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.flows.commands.command_options import options_for
from copydesk.flows.exit_codes import EXIT_CODES
from copydesk.flows.shortening import counted
from copydesk.flows.terminal import echo, tell


@click.command(epilog=f"\b\n{EXIT_CODES}", short_help="Write an HTML report about the stored records.")
@options_for("review")
@click.option(
    "--to",
    "-o",
    "place",
    metavar="FILE",
    help="Where to write it; review.html in the output folder if not given.",
)
def review(output: Path, database: str | None, overrides: str | None, place: str | None, most: int) -> None:
    """Write a local HTML report of the stored records: counts, a list, kept text and removals of each page.

    It opens from the disk and makes no requests. Corrections are exported as a file that clean and ingest apply.
    """
    from copydesk.flows.config.override_file import override_file, override_text, overrides_in
    from copydesk.flows.errors import SettingsError
    from copydesk.flows.exports.destination import write_stream
    from copydesk.flows.exports.export import read_store
    from copydesk.flows.io.output_folder import REVIEW
    from copydesk.flows.review.page import review_page

    path = override_file(overrides, Path.cwd())
    decided = override_text(path) if path else ""
    # a wrong file is reported now, before more decisions are added to it
    overrides_in(decided, path.name if path else "")
    folder = output if output.is_dir() else output.parent
    wanted = place or str(folder / REVIEW)
    where = "the database" if database else str(output)
    is_review = _is_review(Path(wanted))
    if Path(wanted).is_file() and not is_review:
        raise SettingsError(f"--to {wanted}: is there already, and no review; name another file")
    records = read_store(output, tell, database=database)
    store = database or str(output.absolute())
    written = review_page(records, where=where, place=store, most=most, decided=decided)
    write_stream(wanted, lambda stream: stream.writelines(map(str.encode, written.parts)), force=is_review)
    all_ = counted(written.records, "record")
    shown = f"{written.shown:,} of {all_}" if written.shown < written.records else all_
    echo(f"{shown} in {wanted}", err=True)


def _is_review(path: Path) -> bool:
    """Whether the file is a review, which may be replaced."""
    from copydesk.flows.review.page import START

    try:
        with path.open("rb") as file:
            return file.read(len(START)) == START.encode()
    except OSError:
        return False
