"""News agencies in datelines and credits of many languages, and what only looks like one."""

from __future__ import annotations

import pytest

from copydesk.cleaners.lexicon.agencies import AgencyHit, find_credit_agency, find_dateline_agency


def name_and_text(hit: AgencyHit | None) -> tuple[str, str] | None:
    return (hit.agency.name, hit.quote) if hit else None


@pytest.mark.parametrize(("text", "agency", "quote"), [
    ("PARIS (AP) — The clock struck noon.", "AP", "PARIS (AP) —"),
    ("  \n PARIS (AP) — The clock struck noon.", "AP", "PARIS (AP) —"),
    ("HELSINKI, Jan 8 (AFP) - The clock struck noon.", "AFP", "HELSINKI, Jan 8 (AFP) -"),
    ("(ANSA) - ROMA, 9 APR - L'orologio ha suonato.", "ANSA", "(ANSA) -"),
    ("Madrid, 8 may (EFE).- El reloj dio las doce.", "EFE", "Madrid, 8 may (EFE).-"),
    ("Berlin (dpa/tmn) - Die Uhr schlug zwölf.", "dpa", "Berlin (dpa/tmn) -"),
    ("(AFP) Die Uhr schlug zwölf.", "AFP", "(AFP)"),
    ("Berlin, dpa - Die Uhr schlug zwölf.", "dpa", "Berlin, dpa -"),
    ("LONDON, Reuters — The clock struck noon.", "Reuters", "LONDON, Reuters —"),
    ("МОСКВА, 5 мая - РИА Новости. Часы пробили полдень.", "RIA Novosti", None),
    ("МОСКВА, 5 мая. /ТАСС/. Часы пробили полдень.", "TASS", None),
    ("新华社北京5月6日电 大钟敲响正午。", "Xinhua", "新华社北京5月6日电"), ("据新华社5月6日电，大钟敲响正午。", "Xinhua", "据新华社5月6日电"),
    ("(서울=연합뉴스) 시계가 정오를 쳤다.", "Yonhap", "(서울=연합뉴스)"), ("[서울=뉴시스] 시계가 정오를 쳤다.", "Newsis", "[서울=뉴시스]"),
    ("【ロイター】時計台が正午を打った。", "Reuters", "【ロイター】"),
    ("［東京 5日 ロイター］ - 時計台が正午を打った。", "Reuters", "［東京 5日 ロイター］"),
    ("PARIS (The Associated Press) — Noon.", "AP", "PARIS (The Associated Press) —"),
    ("NEW YORK, May 5, 2026 /PRNewswire/ -- The clock company announced.", "PR Newswire", None),
    ("(BUSINESS WIRE)--The clock company announced.", "Business Wire", None),
])  # fmt: skip
def test_a_dateline_names_its_agency(text: str, agency: str, quote: str | None) -> None:
    hit = find_dateline_agency(text)
    assert hit is not None
    assert (hit.agency.name, hit.quote) == (agency, quote or hit.quote)
    assert hit.quote in text
    assert hit.agency.is_press_release_wire == (agency in ("PR Newswire", "Business Wire"))


@pytest.mark.parametrize("text", [
    "", "PARIS — The clock struck noon.", "PARIS (ap) — The clock struck noon.",
    "Paris, France – August 13, 2025 – The clock struck noon.",
    "The AP (founded in 1846) is an agency.",
    "The Reuters office in Paris — a house of three floors — heard the clock.",
    "The students of AP classes heard the clock.",
    "The head of the agency (Reuters) said that the clock had struck.",
    "The clock struck noon. PARIS (AP) — The goat moved in.",
    "PARIS (APOLLO) — The clock struck noon.",
    f"{'The clock struck noon, and ' * 6} PARIS (AP) — The goat moved in.",
])  # fmt: skip
def test_prose_has_no_dateline(text: str) -> None:
    assert find_dateline_agency(text) is None


@pytest.mark.parametrize(("text", "agency"), [
    ("Source: Reuters", "Reuters"), ("  dpa  ", "dpa"), ("Foto: dpa/Anna Berg", "dpa"),
    ("With files from The Associated Press", "AP"), ("© AFP 2026", "AFP"), ("Fonte: ANSA, Lusa", "ANSA"),
    ("Keystone-SDA", "Keystone-SDA"), ("来源：路透社", "Reuters"), ("Source: dpa-AFX", "dpa"), ("Fotos: Europa Press", "Europa Press"),
])  # fmt: skip
def test_a_credit_names_its_agency(text: str, agency: str) -> None:
    assert name_and_text(find_credit_agency(text)) == (agency, text.strip())


@pytest.mark.parametrize(
    "text",
    ["", "Source: the town hall", "REUTERSWARD", "APPLE", "map", "epdm rubber", "pre-AFP-style", f"Source: Reuters{' and others' * 20}"],
)  # fmt: skip
def test_other_lines_name_none(text: str) -> None:
    assert find_credit_agency(text) is None


def test_a_hostile_beginning_is_read_once() -> None:
    assert find_dateline_agency("(" * 100_000 + "AP") is None
    assert find_dateline_agency(f"{'A, ' * 40_000}(AP) —") is None
