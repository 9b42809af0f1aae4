"""Creative Commons licences in words, and where a record finds its licence."""

from __future__ import annotations

import pytest

from copydesk import Page, clean_page
from copydesk.cleaners.metadata.licenses import find_license

CC = "https://creativecommons.org/licenses"


@pytest.mark.parametrize(("text", "license_"), [
    ("Text: CC BY 4.0", f"{CC}/by/4.0/"), ("Licensed CC-BY-NC-SA 3.0.", f"{CC}/by-nc-sa/3.0/"),
    ("Creative Commons Attribution NoDerivatives 4.0 International", f"{CC}/by-nd/4.0/"),
    ("See creativecommons.org/licenses/by-sa/2.0/ for terms", f"{CC}/by-sa/2.0/"),
    ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("Republished under a Creative Commons licence.", "CC"), ("Texte sous licence CC BY", "CC"),
    ("creativecommons.org/licenses/by/3.0/de/", f"{CC}/by/3.0/de/"),
    ("Published under creativecommons.org/licenses/by-nc/2.5/scotland.", f"{CC}/by-nc/2.5/scotland/"),
    ("creativecommons.org/licenses/by/4.0/deed.de", f"{CC}/by/4.0/"),
    ("creativecommons.org/licenses/by/4.0/legalcode", f"{CC}/by/4.0/"),
    ("All rights reserved.", None), ("Kindly CC by noon tomorrow", None), ("The ACC BY-law 4.0", None),
])  # fmt: skip
def test_a_licence_in_words(text: str, license_: str | None) -> None:
    assert find_license(text) == license_


ARTICLE = "".join(
    f"<p>The ferry leaves at {hour} and crosses the sound in forty minutes, wind permitting.</p>"
    for hour in ("six", "nine", "noon", "three")
)


def test_a_licence_in_the_footer_is_the_page_s() -> None:
    record = clean_page(
        Page(body=f"<article>{ARTICLE}</article><footer><p>© Sound News. CC BY 4.0</p></footer>")
    )
    assert (record.license, record.field_origins["license"]) == (f"{CC}/by/4.0/", "text:copyright")


def test_a_licence_in_the_headers_comes_before_words() -> None:
    headers = {
        "Link": '<https://example.org/rsl.xml>; rel="license"; type="application/rsl+xml", </x>; rel=next'
    }
    record = clean_page(Page(body=f"<article>{ARTICLE}</article>", headers=headers))
    assert (record.license, record.field_origins["license"]) == ("https://example.org/rsl.xml", "header:link")


@pytest.mark.parametrize(("text", "license_"), [
    # of a picture, and denied
    ("Photos: Wikimedia, CC BY-SA 4.0", None),
    ("Photo by Ada Holm licensed under CC BY-SA 4.0. All rights reserved.", None),
    ("Photo: J. Holm. CC BY-SA 4.0", None),
    ("Text: J. Holm, photos: Wikimedia, CC BY-SA 4.0", None),
    ("Images in this article are under CC BY-SA 4.0.", None),
    ("Map data by the harbour, CC BY 4.0", None), ("Foto: Ada Holm / CC BY-SA 4.0", None), ("写真：CC BY-SA 4.0", None),
    ("Our articles are not under a Creative Commons licence.", None),
    ("Our articles aren’t under CC BY 4.0.", None),
    ("Unsere Beiträge stehen unter keiner Creative-Commons-Lizenz.", None),
    ("Nos articles ne sont pas sous licence CC BY 4.0.", None),
    ("CC BY 4.0 does not apply to our articles.", None),
    # of the text beside pictures
    ("Text and images: CC BY 4.0", f"{CC}/by/4.0/"),
    ("Images and text are under CC BY 4.0.", f"{CC}/by/4.0/"),
    ("Photos: Wikimedia, CC BY-SA 4.0. Text: CC BY 4.0", f"{CC}/by/4.0/"),
    ("Photo: Ada Holm. This article is under CC BY 4.0.", f"{CC}/by/4.0/"),
    ("Content on this site, except photos, is under CC BY 4.0.", f"{CC}/by/4.0/"),
    ("Zentrale für maritime Bildung, CC BY-NC-ND 3.0", f"{CC}/by-nc-nd/3.0/"),
    ("Namensnennung - Nicht kommerziell - Keine Bearbeitung CC BY-NC-ND 4.0", f"{CC}/by-nc-nd/4.0/"),
])  # fmt: skip
def test_a_licence_of_the_text_or_of_its_pictures(text: str, license_: str | None) -> None:
    assert find_license(text) == license_
