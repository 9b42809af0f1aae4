"""``--where``: expressions that hold for records, and the errors of wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import full_record
from msgspec.structs import replace
from processor_time import bounded

from copydesk import Record, clean
from copydesk.cleaners.schema import AiUse, Author, Provenance
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.record_filter import record_filter

RECORD = replace(
    full_record(),
    status="ok",
    title="Ärger um 'Kran' am Kai",
    language="de",
    language_score=0.95,
    date_published="2026-05-06",
    tags=("Hafen", "Kran"),
    authors=(Author(name="Ida Lund"), Author(name="Ole Brun", url="https://a.example/ole")),
    is_accessible_for_free=False,
    provenance=Provenance(ai=(AiUse(role="translated"), AiUse(role=None, medium="image"))),
)
EMPTY: Record = clean("")

TRUE = [
    "status = 'ok' and language in ('de','fr') and date_published >= '2026-01-01' and provenance.ai is not null",
    "status = 'ok' AND NOT language = 'en'",
    "title = 'Ärger um ''Kran'' am Kai'",
    "lower(title) like 'ärger%'",
    "status == 'ok' and version == 7",
    "'Kran' = 'Kran' and instr(title, 'Kran') > 0",
    "language_score > 0.9 and language_score < '1' and version = '7' and version = 7",
    "is_accessible_for_free = false and provenance.sponsored is null",
    "is_accessible_for_free is not null and not is_accessible_for_free",
    "has(tags, 'Kran') and not has(tags, 'kran') and items(tags) = 2",
    "has(authors.name, 'Ole Brun') and items(authors.url) = 1",
    "has(provenance.ai.role, 'translated') and has(provenance.ai.medium, 'image')",
    "field_origins.title like '%title' and source.kind = 'some kind'",
    "date_published between '2026-05-01' and '2026-06' or 1 = 2",
    "date_published > '2026-05-05T23:59:00+02:00' and date_published > 2025 and '2027' > date_published",
    "length(title) - 1 * 2 > 3 % 2 and (status || language) = 'okde'",
]


@pytest.mark.parametrize("where", TRUE)
def test_what_holds_of_a_record(where: str) -> None:
    assert record_filter(where)(RECORD)
    assert not record_filter(f"not ({where})")(RECORD)


@pytest.mark.parametrize(
    "field", ["title", "tags", "text", "provenance.ai", "authors.name", "language_score"]
)
def test_what_is_empty_is_null(field: str) -> None:
    assert record_filter(f"{field} is null")(EMPTY)
    assert record_filter(f"{field} is not null")(RECORD)
    if field in ("title", "text"):  # null equals nothing and differs from nothing, as in SQL
        assert not record_filter(f"{field} = 'x' or {field} <> 'x'")(EMPTY)


FAULTS = [
    ("", "is empty; give an expression such as"),
    ("statu = 'ok'", "column 1: there is no field 'statu'; did you mean status?"),
    ("status = 'ok' and provenance.aii is null", "column 19: .* did you mean provenance.ai?"),
    ("title.words = 1", "column 1: there is no field 'title.words'; title has no parts"),
    ("status = ok", "column 10: there is no field 'ok'; put texts in single quotes: 'ok'$"),
    ("status in ('ok', partly)", "column 18: there is no field 'partly'; put texts in single quotes: 'partly'$"),
    ("url = courier.example", "column 7: .*'courier.example'; put texts in single quotes: 'courier.example'"),
    ("words > 50", r"column 1: there is no field 'words'; length\(text\) is how many characters the text has$"),
    ("date >= '2026'", r"column 1: there is no field 'date'; did you mean date_published, date_modified, date_published_raw"),
    ("agency is null", r"column 1: there is no field 'agency'; did you mean provenance.syndication.agency\?$"),
    ("zebra is null", "column 1: there is no field 'zebra'; known are schema_version, id, "),
    ('status = "ok"', "column 10: put texts in single quotes"),
    ("status = 'ok", "column 10: a text is not closed by '"),
    ("status = 'ok' and", "column 18: it ends early; an example: status"),
    ("status in ('ok'", "column 16: it ends early"),
    ("status = = 'ok'", "column 10: '=' is not possible here"),
    ("status = 'ok') or (1 = 1", r"column 14: '\)' is not possible here"),
    ("status, id", "column 7: ',' is not possible here"),
    ("status 'x'", "column 8: .*'x'.* is not possible here"),
    ("status = 'ok'; drop table records", "column 14: ';' means nothing here"),
    ("1 then 2", "column 3: there is no field 'then'"),
    ("load_extension('x')", r"column 1: there is no function 'load_extension'; known are abs"),
    ("lowr(title) = 'x'", r"column 1: there is no function 'lowr'; did you mean lower\?"),
    ("has(tags)", "wrong number of arguments to function has"),
    ("tags = 'x'", r"column 1: tags is a list: use has\(tags, 'value'\)"),
    ("has(title, 'x')", "column 5: title is no list"),
    ("source = 'x'", "column 1: source has parts: source.kind, source.name"),
    ("language_score > 'high'", "column 18: language_score is a number, and 'high' none"),
    ("date_published > '2024-13-45'", "column 18: date_published is a date, such as '2026-03-14', and '2024-13-45' none$"),
    ("'14.3.2026' <= fetched_at", "column 1: fetched_at is a date, such as .*, and '14.3.2026' none$"),
    ("date_modified not between '2026' and '2026-02-30'", "column 38: date_modified is a date, .* and '2026-02-30' none"),
    ("date_published < 20260314", "column 18: date_published is a date, .* and 20260314 none"),
    ("date_published < 2026-03-14 and 1 = 1", "column 18: put dates in single quotes: '2026-03-14'$"),
    ("language_score not between 0 and 'high'", "column 34: language_score is a number, and 'high' none"),
    ("'true' = is_accessible_for_free", "column 1: is_accessible_for_free is true or false, without quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "message"), FAULTS)
def test_a_wrong_expression_is_reported_with_its_column(where: str, message: str) -> None:
    with pytest.raises(SettingsError, match=f"^--where.*{message}") as caught:
        record_filter(where)
    assert "\n" not in str(caught.value)


TOO_LONG = [
    "title " * 3_000, "title = 'a' and " * 990, "title = 'a' or " * 1_200 + "id = 'b'", "title in (" * 1_900,
    "in (     " * 2_200 + "titel", "id in (" + "'a', " * 5_000 + "'b')", "'a' || " * 5_000 + "'b'",
]  # fmt: skip


@pytest.mark.parametrize("where", TOO_LONG)
def test_an_expression_of_many_words_is_refused_at_once(where: str) -> None:
    with bounded(50), pytest.raises(SettingsError, match=r"^--where") as caught:
        record_filter(where)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_long_expressions_that_are_none_too_long_are_read_and_their_first_fault_is_found() -> None:
    ids = [f"'{number:032x}'" for number in range(500)]
    assert record_filter(f"id not in ({', '.join(ids)})")(RECORD)
    where = "title = 'a' and " * 200
    with pytest.raises(SettingsError, match=f"column {len(where) + 6}: '=' is not possible here"):
        record_filter(f"{where}id = = 'ok' and {where}1 = 1")


words = st.sampled_from(
    ["status", "tags", "and", "not", "is", "null", "in", "(", ")", ",", "=", "like", "'x'", "1", "-", "*", "has", "lower", "/"]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=20)
@given(st.one_of(st.lists(words, max_size=8).map(" ".join), st.text(max_size=30)))
def test_any_words_are_an_expression_or_one_line(where: str) -> None:
    held, message = None, ""
    try:
        held = record_filter(where)(RECORD)
    except SettingsError as error:
        message = str(error)
    assert isinstance(held, bool) is not bool(message)
    assert "\n" not in message
