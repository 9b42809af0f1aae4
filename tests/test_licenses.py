"""Creative Commons licences said in words, and where a record finds its licence."""

from __future__ import annotations

import pytest

from cleaners.licenses import find_license
from copydesk import Page, clean_page

CC = "https://creativecommons.org/licenses"


@pytest.mark.parametrize(
    ("text", "license_"),
    [
        ("Text: CC BY 4.0", f"{CC}/by/4.0/"),
        ("Licensed CC-BY-NC-SA 3.0.", f"{CC}/by-nc-sa/3.0/"),
        ("Creative Commons Attribution NoDerivatives 4.0 International", f"{CC}/by-nd/4.0/"),
        ("See creativecommons.org/licenses/by-sa/2.0/ for terms", f"{CC}/by-sa/2.0/"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("Republished under a Creative Commons licence.", "CC"),
        ("Texte sous licence CC BY", "CC"),
        ("All rights reserved.", None),
        ("Kindly CC by noon tomorrow", None),
        ("The ACC BY-law 4.0", None),
    ],
)
def test_a_licence_in_words(text: str, license_: str | None) -> None:
    assert find_license(text) == license_


ARTICLE = "".join(
    f"<p>The ferry leaves at {hour} and crosses the sound in forty minutes, wind permitting.</p>"
    for hour in ("six", "nine", "noon", "three")
)


def test_a_licence_in_the_footer_is_the_page_s() -> None:
    record = clean_page(
        Page(body=f"<article>{ARTICLE}</article><footer><p>© 2026 Sound News. CC BY 4.0</p></footer>")
    )
    assert record.license == f"{CC}/by/4.0/"
    assert record.field_origins["license"] == "text:copyright"


def test_a_licence_in_the_headers_comes_before_words() -> None:
    headers = {
        "Link": '<https://example.org/rsl.xml>; rel="license"; type="application/rsl+xml", </x>; rel=next'
    }
    record = clean_page(Page(body=f"<article>{ARTICLE}</article>", headers=headers))
    assert (record.license, record.field_origins["license"]) == ("https://example.org/rsl.xml", "header:link")


@pytest.mark.parametrize(
    "link", ["", "<", "<x>; rel=license", "; rel=license", "<https://[>; rel=license", "<a>" * 9_000]
)
def test_malformed_links_are_no_licence(link: str) -> None:
    record = clean_page(Page(body=f"<article>{ARTICLE}</article>", headers={"link": link}))
    assert record.license is None
