"""Masks: e-mail addresses and telephone numbers, and nothing that only looks like them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Page, clean_page, restore
from copydesk.cleaners.masking.masks import Masks, masks_of
from copydesk.cleaners.masking.phones import regions_of
from copydesk.cleaners.options import Options
from copydesk.cleaners.record.records import record_id

BOTH = ("email", "phone")

EMAILS = [
    "Write to desk@courier.example.org.", "Anna Berg (anna.berg+news@courier.co.uk) reports",
    "Kontakt: redaktion@zeitung-am-fluß.de, jederzeit", "почта: редакция@газета.рф", "mail@xn--zeitung-9ya.example",
    "desk (at) courier.org is read daily", "desk [at] courier [dot] org", "redaktion(ät)kurier.de",
    "<desk@courier.org>", "desk＠courier.jp", "[write to us](mailto:desk@courier.org?subject=Bells)",
]  # fmt: skip


@pytest.mark.parametrize("line", EMAILS)
def test_an_address_is_masked(line: str) -> None:
    marked, counts = Masks(BOTH, ("US",)).of(line)
    assert counts == {"email": 1}, marked
    assert "courier" not in marked
    assert "@" not in marked


PHONES = [
    ("US", "Reach the desk at 212-555-0123 or"), ("US", "(212) 555-0123"), ("GB", "Ring 020 7946 0018 before noon"),
    ("GB", "+44 20 7946 0018"), ("DE", "Telefon: 030 901820"), ("AT", "Tel.: +43 1 52252-0"),
    ("CH", "Tel. 044 248 11 11"), ("FR", "Tél. : 01 42 34 56 78"), ("ES", "Teléfono: 912 34 56 78"),
    ("IT", "tel. 06 6982 1234"), ("PT", "Telefone: 21 321 45 00"), ("NL", "Bel 020 555 1234 voor"),
    ("SE", "Ring 08-508 290 00"), ("DK", "Tlf. 33 66 33 66"), ("PL", "tel. 22 443 00 00"), ("JP", "電話：03-3211-2111"),
    ("CN", "客服电话：400-851-5558"),
    ("DE", "ein Bürgertelefon eingerichtet, Bürgertelefon: (030) 46644664."),
    ("DK", "Servicetelefon 33 66 33 66"), ("RU", "Тел.: +7 495 777-77-77"), ("BR", "Telefone: (11) 3113-8000"),
    ("IN", "Phone: 011-2338 1234"), (None, "from abroad +46 8 508 290 00"), ("DE", "[anrufen](tel:+4930901820)"),
]  # fmt: skip


@pytest.mark.parametrize(("region", "line"), PHONES)
def test_a_number_is_masked(region: str | None, line: str) -> None:
    # of several countries of a page any may be that of its numbers
    for regions in ((region,), ("ZA", region, "KE")) if region else ((),):
        marked, counts = Masks(BOTH, regions).of(line)
        assert counts == {"phone": 1}, marked
        # an extension may stay, no more
        assert sum(map(str.isdigit, marked)) <= 1


NEITHER = [
    "Lebensmittel Praxis 06.05.2023",
    "am 06.05.2023 08:30, 02/10/2023, 06 05 2023, 2023.05.06 und 06.05.23",
    "On 12.11.2024 and 2024-11-12, 08/11/2024 08:30, from 2019-2021",
    "It cost $1,250,000.00, € 020 7946 0018 or 1 250 000 000 Euro",
    "ISBN 978-3-16-148410-0, ISSN 0317-8471, DOI 10.1000/182",
    "They won 3-1, 21-19 21-17, 6-4 6-7 7-5, and 112-108 in overtime",
    "at 52.520008, 13.404954 (40° 26′ 46″ N 79° 58′ 56″ W)",
    "Case No. 020 7946 0018, account 5551234567, order #212-555-0123",
    "IBAN DE89 3704 0044 0532 0130 00, RFC 2119, 192.168.100.200",
    "between 010 and 020 of 1,000 in 7946, of 0.123 456 789",
    "https://courier.example/team/desk@courier.org and https://a.example/0044-20-7946-0018",
    "www.a.example/+442079460018",
    "follow @desk or @desk@social.example on the network",
    "git@host.example:group/project.git, icon@2x.png, npm i left@1.2.3",
    "We met (at) noon; look at courier.org; 4 @ 2.50 each",
    "population 8 799 800 in 2021, up from 8 173 941 in 2011",
    "0 1 2 3 4 5 6 7 8 9 and 1234567890",
]


@pytest.mark.parametrize("line", NEITHER)
def test_what_only_looks_like_one_stays(line: str) -> None:
    for regions in (("US",), ("GB",), ("DE",), ("FR",), ("IT",), (), ("GB", "US"), ("CH", "DE", "AT")):
        assert Masks(BOTH, regions).of(line) == (line, {}), regions


@pytest.mark.parametrize(("addresses", "languages", "regions"), [
    (("https://news.example.co.uk/a",), ("de",), ("GB",)),
    (("https://kurier.at/a", None), ("de", "de-CH"), ("AT", "CH")),
    (("https://cdn.example/a", "https://kurier.ch/a"), ("de",), ("CH",)),
    (("https://courier.com/a",), ("de",), ("DE",)), ((None,), ("en",), ("US",)),
    ((None,), ("en", "en-GB", "en-US", "en-GB"), ("GB", "US")),
    ((None,), ("pt-PT",), ("PT",)), ((None,), ("pt",), ("BR",)), (("http://[half",), ("und",), ()),
    (("https://courier.eu/",), ("fr", "zh-Hans", "en-001"), ("FR",)),
])  # fmt: skip
def test_phone_regions_of_a_page(
    addresses: tuple[str | None, ...], languages: tuple[str, ...], regions: tuple[str, ...]
) -> None:
    assert regions_of(addresses, languages) == regions


@pytest.mark.parametrize(("attributes", "head", "url", "is_masked"), [
    ("lang=en-GB", "", None, True), ("lang=en-gb", "", None, True),
    ("lang=en", '<meta property="og:locale" content="en_GB">', "https://courier.com/a", True),
    ("lang=en-US", '<meta property="og:locale" content="en_GB">', None, True),
    ("", '<link rel="canonical" href="https://courier.co.uk/a">', "https://courier.com/a", True),
    ("", "", "https://courier.co.uk/a", True),
    # nothing shows that it is a number of London
    ("lang=en", "", "https://courier.com/a", False),
])  # fmt: skip
def test_the_phone_region_is_detected(attributes: str, head: str, url: str | None, is_masked: bool) -> None:
    prose = "<p>The bells of the old town hall will ring again on Friday, the mayor of the town said.</p>" * 3
    page = f"<html {attributes}><head>{head}</head><body><h1>Bells</h1>{prose}<p>Ring the desk on 020 7946 0123.</p></body>"
    assert ("on [phone]." in restore(clean_page(Page(page, url=url), Options(mask=BOTH)))) is is_masked


PAGE = """<html lang="en"><head><title>Bells of 212-555-0188 rang</title>
<meta name="author" content="Anna Berg, anna@courier.org"></head><body>
<nav><a href="/">Home</a> <a href="/contact">desk@courier.org</a></nav>
<article><h1>Bells of 212-555-0188 rang</h1>
<p>The clock on the town hall struck noon on Friday for the first time in nine years, and the square was full.</p>
<p>Those who want to ring it may write to bells@courier.org or call (212) 555-0123, the keeper said on Friday.</p>
<figure><img src="/a.jpg"><figcaption>The bell. Pictures: photo@courier.org</figcaption></figure>
<p>The keeper has looked after the clock since the spring of the year before, and has oiled its wheels ever since.</p>
<p>This article was written with the help of ChatGPT; questions to ai@courier.org.</p>
</article><footer>Tel. 212-555-0199</footer></body></html>"""


def test_a_record_is_masked_in_all_its_texts_and_stays_the_same_record() -> None:
    page = Page(PAGE, url="https://courier.org/bells")
    plain, masked = clean_page(page), clean_page(page, Options(mask=BOTH))
    written = msgspec.json.encode(masked).decode()
    assert "@" not in written
    # not "555" alone, which digests may hold
    assert "555-" not in written
    assert masked.id == plain.id == record_id(page)
    assert "write to [email] or call [phone], the keeper" in masked.text
    assert "write to [email] or call [phone], the keeper" in masked.markdown
    assert masked.title == "Bells of [phone] rang"
    assert masked.content_hash != plain.content_hash
    counts = masked.processing.masked
    assert counts is not None
    page_text = restore(masked)
    assert (counts.email, counts.phone) == (page_text.count("[email]"), page_text.count("[phone]"))
    assert plain.processing.masked is None
    only = clean_page(page, Options(mask=("email",))).processing.masked
    assert only is not None
    assert (only.email, only.phone) == (counts.email, None)


def test_an_unknown_kind_of_mask_is_reported() -> None:
    with pytest.raises(ValueError, match=r"^mask: unknown kind 'mail'; did you mean email\?$"):
        clean_page(Page("The clock struck noon."), Options(mask=("mail",)))


PARTS = st.sampled_from(
    [*EMAILS, *(line for _, line in PHONES), *NEITHER, "The clock struck noon on Friday.", "Share", "212-", "555-0123", "(at)", "+44"]
)  # fmt: skip
LINES = st.lists(st.lists(PARTS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=6)


@pytest.mark.slow
@given(LINES, st.sampled_from(["p", "li", "nav", "footer", "text"]))
def test_no_text_is_lost_but_what_is_masked(lines: list[str], tag: str) -> None:
    """``restore`` gives the page's text with marks in it: what it would give without, masked."""
    body = "\n".join(lines) if tag == "text" else "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    page = Page(body, media="text" if tag == "text" else "html")
    plain, masked = clean_page(page), clean_page(page, Options(mask=BOTH))
    masks = masks_of(plain, BOTH)
    assert restore(masked) == masks.of(restore(plain))[0]
    assert [gone.after for gone in masked.removed] == [gone.after for gone in plain.removed]
    # once more changes nothing: a mark is no address
    assert masks.of(restore(masked))[0] == restore(masked)
