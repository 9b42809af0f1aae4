"""Authors and sources in the lines by which papers in Chinese, Japanese and Korean sign."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest
import tomli
from processor_time import bounded

from copydesk import Page, Record, clean_page

ARTICLES: dict[str, Any] = tomli.loads(
    (Path(__file__).resolve().parents[2] / "articles.toml").read_text("utf-8")
)


def cleaned(language: str, media: str, line: str, opening: str = "") -> Record:
    """The record of an article with a line below its headline, or with words before its first paragraph."""
    title, (first, *others) = ARTICLES[language]["title"], ARTICLES[language]["paragraphs"]
    lines = [one for one in (line, opening + first, *others) if one]
    if media == "text":
        return clean_page(Page(body="\n\n".join([title, *lines]), media="text"))
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in lines)
    body = (
        f"<html lang={language}><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article></html>"
    )
    return clean_page(Page(body=body, media="html"))


def authors_in(language: str, markup: str) -> list[str]:
    """The authors of an article with markup below its headline."""
    title, paragraphs = ARTICLES[language]["title"], ARTICLES[language]["paragraphs"]
    body = f"<html lang={language}><h1>{title}</h1>{markup}<p>" + "<p>".join(map(escape, paragraphs))
    return [author.name for author in clean_page(Page(body=body, media="html")).authors]


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize(
    ("language", "line", "authors"),
    [
        ("zh", "新华社记者 王伟", "王伟"),
        ("zh", "本报记者 王伟 李娜 北京报道", "王伟 李娜"),
        ("zh", "□ 本报记者 王伟", "王伟"),
        ("zh", "（记者 王伟）", "王伟"),
        ("zh", "本报记者 阿迪力·买买提", "阿迪力·买买提"),
        ("zh", "2024-05-03 10:20 来源：光明网 作者：王伟", "王伟"),
        ("zh", "作者：王伟 来源：光明网", "王伟"),
        ("zh", "撰文：王小明 攝影：陳大文", "王小明"),
        ("zh", "文｜王伟", "王伟"),
        ("zh", "〔記者王小明／台北報導〕", "王小明"),
        ("zh", "2020-10-04 15:05聯合報 記者王小明／即時報導", "王小明"),
        ("ja", "記者・田中花子", "田中花子"),
        ("ja", "文＝田中花子", "田中花子"),
        ("ja", "文：田中花子 写真：山田太郎", "田中花子"),
        ("ko", "글=홍길동 기자", "홍길동"),
        ("ko", "기자명 홍길동 기자", "홍길동"),
        ("ko", "워싱턴=홍길동 특파원", "홍길동"),
        ("ko", "[나루일보 홍길동 기자]", "홍길동"),
        ("ja", "（記者・田中花子）", "田中花子"),
        ("ja", "文：会田誠", "会田誠"),
        ("zh", "记者 张爱社 李娜", "张爱社 李娜"),
        ("ko", "전문수 기자", "전문수"),
        ("ja", "編集委員・田中花子", "田中花子"),
        ("zh", "记者 王伟 文/摄", "王伟"),
        ("zh", "湖畔财经记者 王伟 发自广州", "王伟"),
    ],
)  # fmt: skip
def test_a_line_that_signs_leaves_the_text_and_fills_authors(
    language: str, line: str, authors: str, media: str
) -> None:
    record = cleaned(language, media, line)
    assert [author.name for author in record.authors] == authors.split()
    assert line not in record.text
    assert [removed.label for removed in record.removed if removed.text == line] == ["byline"]


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "责任编辑：李明"),
        ("zh", "编辑 李明"),
        ("zh", "新华社记者 王伟 摄"),
        ("zh", "记者招待会"),
        ("zh", "【记者手记】"),
        ("zh", "记者调查／独家报道"),
        ("ja", "【記者手記】"),
        ("ja", "文・教育"),
        ("ko", "[사진=홍길동 기자]"),
        ("ko", "그래픽=홍길동 기자"),
        ("ko", "[창간 10주년 시민기자]"),
        ("en", "Words Without Borders"),
        ("ja", "編集：山田太郎"),
        ("ja", "記者・編集者"),
        ("ko", "편집 김철수"),
        ("ko", "사진=김철수"),
        ("ar", "تحرير: سمير حداد"),
        ("tr", "Editör: Ayşe Kaya"),
    ],
)
def test_who_edited_or_took_a_picture_is_no_author(language: str, line: str, media: str) -> None:
    assert cleaned(language, media, line).authors == ()


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize(
    ("language", "opening", "authors"),
    [
        ("zh", "新华社北京5月5日电（记者王伟、李娜）", "王伟 李娜"),
        ("zh", "本报讯（记者 王伟 通讯员 李娜）", "王伟 李娜"),
        ("zh", "（中央社記者王小明台北5日電）", ""),  # where the name ends is not said
        ("ja", "【ワシントン＝田中花子】", "田中花子"),
        ("ja", "【北京＝共同】", ""),
        ("ja", "【ソウル＝朝鮮日報】", ""),
        ("ja", "【写真＝山田太郎】", ""),
        ("zh", "本报讯（记者招待会）", ""),
        ("zh", "本报讯（记者 王伟 摄影 李明）", "王伟"),
        ("ko", "[나루일보 홍길동 인턴기자] ", "홍길동"),
        ("ko", "[나루일보 홍길동, 김철수 기자] ", "홍길동 김철수"),
        ("ko", "(서울=연합뉴스) 홍길동 기자 = ", "홍길동"),
        ("ko", "[나루일보 홍길동 기자] ", "홍길동"),
    ],
)
def test_a_report_that_begins_with_its_reporter_keeps_the_words(
    language: str, opening: str, authors: str, media: str
) -> None:
    record = cleaned(language, media, "", opening)
    assert [author.name for author in record.authors] == authors.split()
    assert opening.strip() in record.text


def test_a_sentence_below_a_byline_names_nobody() -> None:
    """Without a declared language the clauses of a sentence in Han were names."""
    title, (first, *others) = ARTICLES["zh"]["title"], ARTICLES["zh"]["paragraphs"]
    paragraphs = "".join(f"<p>{one}</p>" for one in ("攝影：陳大文", first, *others))
    assert clean_page(Page(body=f"<h1>{title}</h1>{paragraphs}", media="html")).authors == ()


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Anna Berg, Banksy and Tom Bell", ["Anna Berg", "Tom Bell"]),
        ("By Anna Berg and Banksy", ["Anna Berg", "Banksy"]),
        ("By Center for Health in Africa", ["Center for Health in Africa"]),
    ],
)
def test_full_names_and_joined_ones_are_kept(line: str, authors: list[str]) -> None:
    assert [author.name for author in cleaned("en", "html", line).authors] == authors


@pytest.mark.parametrize("name", ["Society of Women in Engineering", "Young People in Recovery"])
def test_a_declared_author_is_kept_whole(name: str) -> None:
    node = json.dumps({"@type": "NewsArticle", "author": {"@type": "Person", "name": name}})
    assert authors_in("en", f"<script type=application/ld+json>{node}</script>") == [name]


@pytest.mark.parametrize("credit", ["監修者：", "撮影者：", "翻訳者："])
def test_a_linked_name_behind_another_credit_is_no_author(credit: str) -> None:
    assert authors_in("ja", f"<div>{credit}<a rel=author href=/a/y>山田太郎</a></div>") == []


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000"])
@pytest.mark.parametrize("media", ["html", "text"])
def test_an_opening_without_end_takes_no_time(space: str, media: str) -> None:
    page = Page(body="本报讯（记者" + space * 100_000 + "x", media=media)
    with bounded(200):
        clean_page(page)


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize("line", ["来源：本网 作者：王伟", "来源：网络 作者：王伟", "来源：未知 作者：王伟"])
def test_a_source_that_is_nobody_is_none(line: str, media: str) -> None:
    assert cleaned("zh", media, line).provenance.derived_from == ()


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize("line", ["2024-05-03 10:20 来源：光明网 作者：王伟", "来源：光明网 责任编辑：李明"])
def test_a_source_between_other_fields_is_where_the_article_comes_from(line: str, media: str) -> None:
    (source,) = cleaned("zh", media, line).provenance.derived_from
    assert source.publisher == "光明网"


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize(
    ("language", "line", "author"),
    [
        ("en", "Reported by Maria Okafor in Tidewater", "Maria Okafor"),
        ("en", "Jan 3, 2026 by Nadia Brown · 42 Comments", "Nadia Brown"),
        ("de", "Eine Reportage von Annika Böhm, Heidelstein", "Annika Böhm"),
        ("de", "Ein Bericht von Annika Böhm", "Annika Böhm"),
    ],
)
def test_places_dates_and_counts_are_no_part_of_a_name(
    language: str, line: str, author: str, media: str
) -> None:
    record = cleaned(language, media, line)
    assert [one.name for one in record.authors] == [author]
    assert line not in record.text
