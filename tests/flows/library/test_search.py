"""Searches over a library and over files of records, in scripts with and without spaces."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from killed_runs import run_of

from copydesk.cleaners.schema import Processing, Record, SourceRef
from copydesk.flows.config.gate import Gate
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.finding import Search, record_with_id, search
from copydesk.flows.library.place import StoreLocation

TEXTS = {
    "en": ("The harbour crane is saved", "The council bought the crane on the north quay. Its keeper said: l'eau est haute."),
    "de": ("Die Brücke an der Hauptstraße", "Der Gemeinderat beschloss über den Neubau der alten Brücke; Güterzüge fahren bald."),
    "ar": ("المجلس يشتري الرافعة", "اشترى المجلس البلدي الرافعة القديمة على الرصيف. وقال الأمين إنّ الكِتاب محفوظ."),
    "zh": ("市议会买下旧起重机", "市议会周四晚上决定买下北码头的旧起重机。东京大学的学者说，它值得保留。"),
    "ja": ("港のクレーンが残る", "市は北埠頭の古いクレーンを買い取った。東京タワーより古いと、ＡＢＣ新聞は書く。"),
    "th": ("เครนท่าเรือยังอยู่", "สภาเทศบาลซื้อเครนเก่าที่ท่าเรือเหนือเมื่อวันพฤหัสบดี"),
    "ko": ("항구 크레인 보존", "시의회가 북쪽 부두의 낡은 크레인을 샀다. 서울에서 온 학자가 말했다."),
    "hi": ("बंदरगाह की क्रेन बची", "नगर परिषद ने हिन्दी में कहा कि पुरानी क्रेन खरीदी गई।"),
    "he": ("המנוף בנמל ניצל", "מועצת העיר קנתה את המָנוֹף הישן ברציף הצפוני."),
}  # fmt: skip
FOUND = {
    "crane": "en", "CRANE": "en", '"north quay"': "en", '"quay north"': "", "har*": "en", "cra": "", "eau": "en",
    "council crane": "en", "council tram": "",
    "brücke": "de", "brucke": "de", "BRÜCKE": "de", "hauptstraße": "de", "Hauptstraße Guterzuge": "de", "gemeinder*": "de",
    "المجلس": "ar", "كتاب*": "", "الكتاب": "ar", "الكِتَاب": "ar", "ان": "ar", "الامين": "ar", "رافعة": "",
    "起重机": "zh", "议会": "zh", "东京": "zh", "码头": "zh", "机": "zh", "会议": "", "东京大学": "zh", "京东": "", '"旧起重机 东京"': "zh", '"东京 旧起重机"': "",
    "東京": "ja", "クレーン": "ja", "タワー": "ja", "港": "ja", "る": "ja", "abc新聞": "ja", "ABC": "ja", "京東": "",
    "ท่าเรือ": "th", "เทศบาล": "th", "เครน": "th",
    "서울": "ko", "크레인": "ko", "부두": "ko",
    "हिन्दी": "hi", "परिषद": "hi", "हन्द": "",
    "המנוף": "he", "המָנוֹף": "he",
    "* crane": "en", 'crane "': "en", "crane)": "en", "title:crane": "", "NEAR(crane": "", "crane OR tram": "", "-crane": "en",
    "\0crane": "en", "cra\0ne": "", "\udcffcrane": "en",
}  # fmt: skip
"""Queries, each with the language of the record that it finds; `""`: none."""


def record(language: str, **more: str | int) -> Record:
    title, text = TEXTS[language]
    fields = {
        "id": language.encode().hex().ljust(32, "0"), "status": "ok", "url": f"http://a.example/{language}", "title": title,
        "text": text, "language": language, "date_published": "2026-03-14", "content_hash": text,
    } | more  # fmt: skip
    return Record(
        source=SourceRef(kind="url", name=fields["url"]),
        processing=Processing(copydesk="0", rules="0", options="0"),
        **fields,
    )


def fill(sink: str, place: StoreLocation, records: Iterable[Record]) -> None:
    run_of(sink, place, [*records], gate=Gate())


def found(place: StoreLocation, words: str, **more: str | int) -> list[str]:
    hits = search(place.folder, Search(words, **more), lambda _: None, database=place.database)
    return [hit.language for hit in hits]


@pytest.mark.slow
def test_words_are_found_in_every_store_and_script(sink: str, place: StoreLocation) -> None:
    fill(sink, place, map(record, TEXTS))
    # both are asked by the same words: a server for every third
    asked = [*FOUND.items()][:: 3 if sink == "postgresql" else 1]
    wrong = {
        words: (got, wanted) for words, wanted in asked if (got := " ".join(found(place, words))) != wanted
    }
    assert wrong == {}
    assert found(place, "council", where="language = 'de'") == []
    assert found(place, "crane", where="language = 'en' and date_published >= '2026-03-01'") == ["en"]


@pytest.mark.slow
def test_an_index_follows_its_store(sink: str, place: StoreLocation) -> None:
    fill(sink, place, map(record, ("en", "zh")))
    assert (found(place, "crane"), found(place, "起重机")) == (["en"], ["zh"])
    # changed, and new: of a changed page the newest version alone is found
    text = "The tram 电车 is saved."
    fill(sink, place, [record("zh", text=text, content_hash=text, title="Tram"), record("ja")])
    assert (found(place, "起重机"), found(place, "电车"), found(place, "クレーン")) == ([], ["zh"], ["ja"])
    assert [found(place, words) for words in ("tram", "crane")] == [["zh"], ["en"]]
    beginning = record("zh").id[:8]
    whole = record_with_id(place.folder, beginning, database=place.database)
    assert (whole.text, whole.version) == (text, 2)


def test_a_record_of_a_file_is_found_by_its_id_without_an_index(tmp_path: Path) -> None:
    fill("jsonl", StoreLocation(tmp_path), map(record, ("en", "zh", "ja")))
    # a later text of a page: the newest version is meant
    fill("jsonl", StoreLocation(tmp_path), [record("zh", text="The tram is saved.", content_hash="1")])
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"no record\n" + file.read_bytes())
    assert record_with_id(file, record("zh").id[:8]).text == "The tram is saved."
    with pytest.raises(SettingsError, match="no id of a record in"):
        record_with_id(file, "f" * 31)
    with pytest.raises(SettingsError, match="several records are meant"):
        record_with_id(file, "")


def test_the_best_come_first_and_no_more_than_wanted(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    once = [
        record("en", id=f"{n:032x}", url=f"http://a.example/{n}", title="", content_hash=str(n))
        for n in range(30)
    ]
    fill("jsonl", place, [*once, record("en", title="Crane, crane, crane")])
    hits = search(tmp_path, Search("crane", limit=3), lambda _: None)
    assert (len(hits), hits[0].title) == (3, "Crane, crane, crane")


def test_a_hit_shows_where_the_word_is_and_lines_that_are_no_records_are_passed_over(tmp_path: Path) -> None:
    long = f"{'Nothing of note was said. ' * 40}Then the Götterbäume fell. {'Nothing else happened. ' * 40}"
    fill("jsonl", StoreLocation(tmp_path), [record("de", text=long)])
    (hit,) = search(tmp_path, Search("gotterbaume"), lambda _: None)
    assert "Götterbäume fell" in hit.snippet
    assert (hit.snippet[0], hit.snippet[-1], len(hit.snippet) < 260) == ("…", "…", True)
    file = tmp_path / "records.jsonl"
    file.write_bytes(file.read_bytes() + b'{"id": 1}\n\xff\n' + file.read_bytes() + b'{"id"')
    assert len(search(file, Search("gotterbaume"), lambda _: None)) == 2


@pytest.mark.parametrize(
    ("words", "where", "message"),
    [
        ("…", None, "no word to look for"), ("crane " * 51, None, "search: 51 words; give 50 or fewer"),
        ('"a""b"' * 26, None, "search: 52 words; give 50 or fewer"),
        ("港" * 1_001, None, "search: 1,001 characters; give 1,000 or fewer"),
        ("crane", "langage = 'de'", "--where, column 1"),
    ],
)  # fmt: skip
def test_a_wrong_search_gets_one_line(tmp_path: Path, words: str, where: str | None, message: str) -> None:
    fill("jsonl", StoreLocation(tmp_path), [record("en")])
    with pytest.raises(SettingsError, match=message) as raised:
        search(tmp_path, Search(words, where), lambda _: None)
    assert "\n" not in str(raised.value)
