"""``--keep``, ``--drop``, ``--mask``, ``--pages``, ``--favor``: from every place of an option into every record."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from copydesk import Options, Page, clean, restore
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Label, UserRule
from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_entry import read_entry
from copydesk.flows.config.source_list import as_table
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import IngestResult, ingest_plainly

POST = "We heard it in the harbour too, and all the gulls went up at once."
PAGE = f"""<html lang="en"><head><title>The clock struck noon</title></head><body><article><h1>The clock struck noon</h1>
<p>The clock on the town hall struck noon on Friday for the first time in nine years, and the square was full.</p>
<blockquote class="twitter-tweet"><p>{POST}</p></blockquote>
<p>Those who want to ring it may write to bells@courier.org or call (212) 555-0123, the keeper said on Friday.</p>
<p>The keeper has looked after the clock since the spring of the year before, and has oiled its wheels since.</p>
<p>He has oiled the wheels every Monday since then, said the guard, and nobody has paid him for the oil.</p>
</article></body></html>"""
CARDS = "".join(
    f'<div class="teaser card"><h3><a href="/news/{place}">How bell {place} came back to the harbour after the war</a></h3>'
    f"<p>What the harbour master says of bell {place}, and who is to pay for it.</p></div>"
    for place in range(20)
)
FRONT = f"<html lang='en'><head><title>Harbour</title></head><body class='home'><main>{CARDS}</main></body></html>"


@pytest.fixture(autouse=True)
def _pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with an article, and a front page in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")
    Path("front").mkdir()
    Path("front", "page.html").write_text(FRONT, "utf-8")


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=os.environ | variables)


def printed(*arguments: str, **variables: str) -> str:
    ended = run(*arguments, **variables)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def ingest(source: str = "page.html", **options: Any) -> IngestResult:
    return ingest_plainly(IngestOptions(sources=(source,), output=Path("out"), jobs=1, **options))


def stored(source: str = "page.html", **options: Any) -> dict[str, Any]:
    """The last record of the store after a run."""
    ingest(source, **options)
    found: dict[str, Any] = json.loads(Path("out", "records.jsonl").read_text("utf-8").splitlines()[-1])
    return found


def test_labels_and_kinds_are_read_in_any_order() -> None:
    wanted = Options(keep=("sidebar",), drop=("standfirst", "embed"), mask=("email", "phone"))
    assert wanted == Options(keep=(Label.SIDEBAR,), drop=("embed", "standfirst"), mask=("phone", "email"))
    given: dict[str, Any] = {"keep": "sidebar", "drop": "embed , standfirst,embed", "mask": "phone , email"}
    read = IngestOptions(**given)
    assert (read.keep, read.drop, read.mask) == (wanted.keep, wanted.drop, wanted.mask)
    assert IngestOptions(keep=None, drop=[], mask=None) == IngestOptions()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": "foo"}, "--keep: unknown label 'foo'; labels with a choice are standfirst, .*, infobox, .*"),
        ({"drop": "nav"}, "--drop: nav is always outside the text; labels with a choice are standfirst, .*"),
        ({"drop": "embed,paragraph"}, "--drop: paragraph is always in the text; labels with a choice are .*"),
        ({"drop": "embed,"}, "--drop: unknown label ''; labels with a choice are standfirst, faq, live, embed, sidebar, infobox, hatnote, reference"),
        ({"keep": "faq,embed", "drop": "live,embed"}, "keep and drop: embed is in both"),
        ({"mask": "email,phnoe"}, r"--mask: unknown kind 'phnoe'; did you mean phone\?"),
        ({"mask": "email,"}, "--mask: unknown kind ''; known are email, phone"),
        ({"pages": "lists"}, "--pages: expected articles or all, not lists"),
        ({"favor": "precison"}, r"--favor: expected precision or recall, not precison; did you mean precision\?"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_reported(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{message}$"):
        IngestOptions(**options)


@pytest.mark.slow
def test_clean_and_explain_keep_and_drop_by_option_variable_and_file() -> None:
    clean = ("clean", "page.html", "--format", "text")
    assert POST in printed(*clean)
    assert POST not in printed(*clean, "--drop", "standfirst,embed")
    assert f"- embed: {POST}" in printed("clean", "page.html", "--mark", "--drop", "embed")
    explained = printed("explain", "--all", "page.html", "--drop=embed")
    assert "3 embed, left out of the text  structure.embed:" in explained
    Path("copydesk.toml").write_text('drop = "embed"', "utf-8")
    assert POST not in printed(*clean)
    # an option of the command line wins over the same option of the file alone
    ended = run(*clean, "--keep", "embed")
    assert (ended.exit_code, ended.output) == (2, "Error: keep and drop: embed is in both\n")
    assert POST in printed(*clean, "--drop", "faq")


@pytest.mark.slow
def test_another_choice_of_labels_cleans_the_page_again_and_makes_no_version() -> None:
    days = iter(range(1, 9))

    def record(drop: str | None, removed: str = "full", html: str = PAGE) -> dict[str, Any]:
        moment = f"2026-11-0{next(days)}T08:00:00Z"
        page = {"url": "https://courier.example/noon", "html": html, "fetched_at": moment}
        Path("pages.jsonl").write_text(json.dumps(page), "utf-8")
        return stored("pages.jsonl", drop=drop, removed=removed)

    usual, dropped = record(None), record("embed")
    assert POST in usual["text"]
    assert [gone["label"] for gone in dropped["removed"] if gone["text"] == POST] == ["embed"]
    assert (usual["id"], usual["version"]) == (dropped["id"], dropped["version"])
    assert usual["content_hash"] != dropped["content_hash"]
    # nor where removals are counted alone, so that what moved cannot be looked up
    assert record(None, "counts")["version"] == record("embed", "counts")["version"] == 1
    # what changed on the page is one, whatever the choice
    assert record(None)["version"] == 1
    assert record("embed", html=PAGE.replace("Friday", "Monday"))["version"] == 2


def test_a_file_that_is_known_is_cleaned_again_once_the_choice_is_another() -> None:
    choices = (None, None, "embed", None)
    assert [ingest(drop=drop).records for drop in choices] == [1, 0, 1, 1]


@pytest.mark.slow
def test_clean_and_ingest_mask_and_a_page_keeps_its_place_and_id() -> None:
    printed_record = json.loads(printed("clean", "page.html", COPYDESK_MASK="email"))
    assert printed_record["processing"]["masked"] == {"email": 1, "phone": None}
    plain, masked = stored(), stored(mask="email,phone")
    assert len(Path("out", "records.jsonl").read_text("utf-8").splitlines()) == 1
    assert (plain["id"], plain["processing"]["masked"]) == (masked["id"], None)
    assert "write to [email] or call [phone], the keeper" in masked["text"]
    assert "bells@courier.org" not in json.dumps(masked)


@pytest.mark.slow
def test_clean_and_explain_choose_pages() -> None:
    assert json.loads(run("clean", "front/page.html").stdout)["status"] == "rejected"
    assert json.loads(run("clean", "front/page.html", "--pages", "all").stdout)["status"] == "ok"
    assert "page.html: rejected" in run("explain", "front/page.html").stdout
    Path("copydesk.toml").write_text('pages = "all"', "utf-8")
    assert "page.html: ok" in run("explain", "front/page.html").stdout


@pytest.mark.slow
def test_another_choice_of_pages_cleans_them_again_and_a_source_may_choose_for_itself() -> None:
    def outcome(source: str, **options: Any) -> tuple[str, str, str]:
        # the record of a source in a list is another one: it has another name
        record = stored(source, **options)
        return record["id"], record["status"], record["page_kind"]

    rejected, accepted = outcome("front"), outcome("front", pages="all")
    assert (rejected[1:], accepted[1:]) == (("rejected", "listing"), ("ok", "listing"))
    assert rejected[0] == accepted[0]
    assert outcome("front") == rejected

    def listed(key: str) -> str:
        table = f'[[source]]\nname = "front"\nkind = "folder"\naddress = "front"\n{key}'
        Path("list.toml").write_text(table, "utf-8")
        return "list.toml"

    assert outcome(listed('pages = "all"'))[1] == "ok"
    assert outcome(listed(""))[1] == "rejected"
    assert outcome(listed('pages = "articles"'), pages="all")[1] == "rejected"
    with pytest.raises(SettingsError, match=r"pages: expected articles or all, not al; did you mean all\?"):
        outcome(listed('pages = "al"'))


def test_a_source_may_set_every_option_of_cleaning_and_is_written_as_it_was_read() -> None:
    table = {"name": "a", "kind": "folder", "address": "front"}
    table |= {"mask": ["email", "phone"], "keep": ["faq"], "pages": "all", "blocks": True, "favor": "recall"}
    entry = read_entry(table)
    assert as_table(entry) == table
    record = clean(Page(PAGE, options=entry.options))
    asked = Options(mask=("email", "phone"), keep=("faq",), pages="all", blocks=True, favor="recall")
    assert record == clean(PAGE, options=asked)
    with pytest.raises(BadKey, match=r"^keep: unknown label 'foo'; labels with a choice are "):
        read_entry(table | {"keep": "foo"})
    for wrong, problem in (
        ({"keep": "faq", "drop": ["faq"]}, "faq is in keep as well"),
        ({"blocks": "yes"}, "expected true or false"),
    ):
        with pytest.raises(BadKey, match=problem):
            read_entry(table | wrong)
    # what is made by the same options is known again, in whatever order they are written
    own = {"pages": "all", "favor": "recall", "blocks": True, "keep": "faq"}
    turned = dict(reversed(own.items()))
    assert [*read_entry(table | own).options] == [*read_entry(table | turned).options]


SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "pages"


def test_favor_moves_what_is_kept_one_way_and_keeps_all_of_the_page() -> None:
    lengths = []
    for path in sorted(SEEDS.iterdir()):
        page = path.read_bytes()
        precise, usual, full = (
            clean(page, options=Options(favor=favor)) for favor in ("precision", None, "recall")
        )
        lengths.append((len(precise.text), len(usual.text), len(full.text)))
        assert words(restore(precise)) == words(restore(usual)) == words(restore(full))
        assert (precise.processing.favor, full.processing.favor) == ("precision", "recall")
        # what is usual is not said
        assert "favor" not in usual.to_dict()["processing"]
        assert Record.from_json(precise.to_json()) == precise
    assert all(precise <= usual <= full for precise, usual, full in lengths)
    assert len({sizes for sizes in lengths if sizes[0] < sizes[1]}) > 0
    assert len({sizes for sizes in lengths if sizes[1] < sizes[2]}) > 0


def words(text: str) -> list[str]:
    return sorted(text.split())


def test_an_article_alone_stays_whole_and_a_rule_overrules_what_is_favored() -> None:
    text = "\n\n".join(
        line for line in PAGE.replace("</p>", "<p>").split("<p>") if line.strip().endswith(".")
    )
    assert clean(text, options=Options(favor="precision")).text == clean(text).text
    rule = UserRule("own", Label.OTHER, "ours", contains=("the guard",))
    favored = clean(PAGE, options=Options(favor="recall", user_rules=(rule,)))
    assert "the guard" not in favored.text
    with pytest.raises(ValueError, match="favor: unknown 'speed'; known are precision, recall"):
        clean(PAGE, options=Options(favor="speed"))  # type: ignore[arg-type]


@pytest.mark.slow
def test_favor_comes_from_option_variable_and_file_and_cleans_again_without_a_version() -> None:
    def favor(*arguments: str, **variables: str) -> str | None:
        made = json.loads(printed("clean", "page.html", *arguments, **variables))["processing"]
        return made.get("favor")

    assert (favor(), favor("--favor", "recall"), favor(COPYDESK_FAVOR="precision")) == (
        None,
        "recall",
        "precision",
    )
    assert "page.html: ok" in printed("explain", "page.html", "--favor", "recall")
    usual, full = stored(), stored(favor="recall")
    assert full["processing"]["favor"] == "recall"
    assert (usual["id"], usual["version"]) == (full["id"], full["version"])
    Path("copydesk.toml").write_text('favor = "precision"', "utf-8")
    assert favor() == "precision"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("[gate]\nleast_wrods = 5\n", 2),
        ('[[view]]\nformat = "csv"\n', 1),
        ('[[view]]\nto = "x"\nformat = "cvs"\n', 3),
    ],
)
def test_tables_for_runs_are_checked_by_whatever_cleans(table: str, line: int) -> None:
    Path("copydesk.toml").write_text(table)
    for command in ("clean", "explain", "ingest"):
        ended = run(command, "page.html")
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert ended.stderr.startswith(f"Error: copydesk.toml:{line}: ")
