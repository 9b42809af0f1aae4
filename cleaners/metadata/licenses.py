"""Licences: declared, in headers, in robots.txt, and Creative Commons named in words: in footers, under texts, in
source notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from copydesk.cleaners.markup.headers import license_link
from copydesk.cleaners.markup.jsonld import clean_text
from copydesk.cleaners.markup.page_head import text_in, web_address
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import LICENSE_LINE, Candidate, Label

# where a site speaks of the rights in its text; a licence named in the article is its topic
_NOTICES = frozenset({Label.COPYRIGHT, Label.SOURCE_NOTE})
FAMILY = "CC"
"""The name for a licence of which only the family is named."""
# a port is a country's version: "by/3.0/de"; what may follow instead is the name of a file
_ADDRESS = lazy_pattern(
    r"creativecommons\.org/(licenses|publicdomain)/([a-z-]{2,11})/(\d\.\d)"
    r"(?:/((?!deed|legalcode)[a-z]{2,8})(?![\w-]|\.\w))?"
)
# in capitals: "please cc by noon" is no licence
_CODE = lazy_pattern(r"\bCC(?:[ -](BY(?:[ -](?:NC|ND|SA))*)|[ -]?(0))(?:[ -](\d\.\d))?(?!\w)")
_NAMED = lazy_pattern(r"creative[ -]commons|\bCC[ -]?(?:licen[cs]|lizen)", re.IGNORECASE)
_ATTRIBUTION = lazy_pattern(
    r"creative commons[\s:–-]{1,3}(attribution(?:[ -](?:noncommercial|noderiv\w*|sharealike))*)"
    r"(?: (\d\.\d))?(?: international)?",
    re.IGNORECASE,
)
_FORMS = (_ADDRESS, _CODE, _ATTRIBUTION, _NAMED)
_TERMS = {"attr": "by", "nonc": "nc", "node": "nd", "shar": "sa"}  # by the beginnings of the words above

_INLINE = frozenset({"a", "abbr", "b", "em", "font", "i", "small", "span", "strong", "u"})
_MAX_LINE = 400  # characters around a link that are read
_MAX_BEFORE, _MAX_AFTER = 200, 100  # characters of a sentence that are looked at
_MAX_MENTIONS = 20  # of one form
# an initial ends no sentence: "Photo: J. Doe"
_END = lazy_pattern(r"(?<!\b[A-Z])[.!?]\s+|[。！？;；|｜·•\n]+\s*")
_CLAUSE = lazy_pattern(r"[,:，、：(（]")
_PICTURE = (
    r"photo|foto|picture|image|illustrat|(?:\b|info)graphics?\b|\bdrawing|\bicons?\b|\bfonts?\b|\blogos?\b|\bmaps?\b"
    r"|\bmusic\b|\bvideos?\b|\baudio\b|bild(?!ung)|abbildung|grafik|zeichnung|\bkarten?\b|afbeelding|beeld|immagin|imagen"
    r"|imag[ei]|ilustra|zdję|görsel|resim|фото|изображ|иллюстрац|снимок|写真|画像|図版|照片|图片|圖片|配图|사진|이미지|그림"
    r"|صور|صورة|चित्र|तस्वीर|फोटो"
)
_TEXT = (
    r"\btext|article|artikel|beitr[aä]g|inhalt|content|\bstor(?:y|ies)|\bposts?\b|contenu|contenid|contenut|conteúdo"
    r"|artículo|articol|artigo|artyku|treś|tekst|\btesto|innehåll|inhoud|içeri|yazı|metin|makale|текст|стать|материал"
    r"|記事|本文|文章|正文|内容|コンテンツ|기사|글|콘텐츠|본문|مقال|نص|محتو|लेख|सामग्री"
)
_SUBJECT = lazy_pattern(rf"(?P<picture>{_PICTURE})|(?P<text>{_TEXT})", re.IGNORECASE)
_LABEL = lazy_pattern(rf"(?:{_SUBJECT.pattern})\w*\s?(?:[:：]|\b(?:by|von|par|door|di|av)\b)", re.IGNORECASE)
_AND = r"\w*\s?(?:&|/|,|\b(?:and|und|et|y|e|og|och|en|i|и|ve)\b)\s?(?:\w+\s)?"
_BOTH = lazy_pattern(rf"(?:{_PICTURE}){_AND}(?:{_TEXT})|(?:{_TEXT}){_AND}(?:{_PICTURE})", re.IGNORECASE)
# conditions of a licence that only sound like a denial: "nicht kommerziell", "pas de modification"
_CONDITION = lazy_pattern(
    r"\b(?:non|not|no|nicht|keine?|pas|sin|sem|não|niet|geen|inte|ingen\w*|nie|не)\W{1,2}"
    r"(?:for |d['’]|de |pour )?(?:utilisation |uso |użycie )?"
    r"(?:[ck]om+er[cz]\w+|bearbeitung\w*|modification\w*|modifi\w+|deriv\w*|obras? deriv\w*|bewerking\w*|opere deriv\w*)",
    re.IGNORECASE,
)
_NOT_BEFORE = lazy_pattern(
    r"\b(?:not?|none|never|nor|nicht|kein\w*|weder|pas|aucun\w*|sin|ning[uú]n\w*|non|nessun\w*|não|nenhum\w*|nie|żad\w*"
    r"|не|ни|niet|geen|inte|ingen|inga)\b|n['’]t\b|不|没有|未|非|ليس|لا\s|नहीं",
    re.IGNORECASE,
)
_NOT_AFTER = lazy_pattern(
    r"\b(?:do|does|is|are)(?:\s?n['’]t| not)\b|\b(?:gilt|gelten) nicht\b|\bne s['’]appli\w+ pas\b|\bno se aplican?\b"
    r"|\bnon si applica\w*|\bnão se aplicam?\b|ではあ?りません|ではない|아닙니다|아니다|不适用|不適用|değil|नहीं",
    re.IGNORECASE,
)
_WORDS_BEFORE = 8
# what else may stand where a licence is all that a sentence says
_LICENCE_ONLY = lazy_pattern(
    r"\W*(?:(?:licen[cs]|lizen|licen)\w*|under|unter|sous|a|the|an|https?://)?[\W\d]*$", re.IGNORECASE
)


def kind_of_license(license_: str) -> str:
    """What kind of licence a record's ``license`` is: ``cc-by-sa``, ``cc0``, ``public-domain``, ``cc`` where only the
    family is named; ``other`` for any other address.
    """
    if license_ == FAMILY:
        return "cc"
    found = _ADDRESS.search(license_)
    if found is None:
        return "other"
    kind, terms = found[1], found[2]
    if kind == "licenses":
        return f"cc-{terms}"
    return "cc0" if terms == "zero" else "public-domain"


def declared_license(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """``license`` of JSON-LD or microdata."""
    page = evidence.markup
    for node in page.nodes:
        for value in page.graph.values(node, "license"):
            url = clean_text(value.get("url", value.get("@id")) if isinstance(value, dict) else value)
            yield Candidate(page.head.absolute(url or "") or "", page.origin)


def linked_license(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Links whose ``rel`` says that they lead to the licence."""
    page = evidence.markup
    # not a picture's own licence
    anchors = (one for one in page.marked.licences if next(one.iterancestors("figure"), None) is None)
    linked = ((one.get("rel", ""), one.get("href", "")) for one in anchors)
    for rel, href in (*page.head.links, *linked):
        if "license" in rel.lower().split():
            yield Candidate(page.head.absolute(href) or "", "link:license")


def license_in_link(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Links to a Creative Commons licence outside the article's own text: a button in the footer, a copyright line. Of
    a picture's licence, or where the words around deny it, none.
    """
    page = evidence.markup
    if not page.marked.mentions:
        return
    kept = {bare(one.block.text) for one in evidence.labelled if one.is_kept}
    for anchor in page.marked.mentions[:_MAX_MENTIONS]:
        around = next((one for one in anchor.iterancestors() if one.tag not in _INLINE), anchor)
        text = text_in(around)
        if next(anchor.iterancestors("figure"), None) is not None or bare(text) in kept:
            continue
        own = text_in(anchor) if len(text) <= _MAX_LINE else ""
        before, _, after = text.partition(own) if own else ("", "", "")
        if named := find_license(f"{before} {anchor.get('href')} {after}"):
            yield Candidate(named, "link:creativecommons.org")
            return


def license_in_header(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The ``Link`` header."""
    page = evidence.page
    if address := web_address(license_link(page.headers) or "", base=page.url):
        yield Candidate(address, "header:link")


def license_of_site(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The line of robots.txt that leads to the terms of RSL."""
    named = (signal for signal in evidence.page.signals if signal.name == LICENSE_LINE)
    # no base: robots.txt is the site's, so a relative address there is not one of the page
    if found := next((address for signal in named if (address := web_address(signal.value))), None):
        yield Candidate(found, "site:robots.txt")


def license_in_words(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Words in the page's own notices, which come last: they may be about a picture alone."""
    for item in evidence.labelled:
        if item.label in _NOTICES and (named := find_license(item.block.text)):
            yield Candidate(named, f"text:{item.label}")
            return


def find_license(text: str) -> str | None:
    """The address of the Creative Commons licence a text names; FAMILY where it does not say which; else None.

    Without a version the latest is not assumed: then only the family is known. A picture's licence and one
    that is denied are none of the text's.
    """
    for form in _FORMS:
        for match in islice(form.finditer(text), _MAX_MENTIONS):
            if _is_meant(text, match):
                return _license_of(form, match)
    return None


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether a licence is that of the text, rather than a picture's, or no licence at all."""
    *earlier, before = _END.split(text[max(0, match.start() - _MAX_BEFORE) : match.start()])
    after = _END.split(text[match.end() : match.end() + _MAX_AFTER], maxsplit=1)[0]
    if _is_denied(before, after):
        return False
    if earlier and _LICENCE_ONLY.match(before) and not _SUBJECT.search(after):
        return not _is_of_picture(earlier[-1])  # "Photo: Jane Doe. CC BY 4.0"
    return not _is_of_picture(before if _SUBJECT.search(before) else after)


def _is_denied(before: str, after: str) -> bool:
    """Whether the clause that names a licence says that it does not hold."""
    clause = _CLAUSE.split(_CONDITION.sub(" ", before))[-1].split()[-_WORDS_BEFORE:]
    return bool(_NOT_BEFORE.search(" ".join(clause)) or _NOT_AFTER.search(_CLAUSE.split(after)[0]))


def _is_of_picture(text: str) -> bool:
    """Whether a sentence speaks of a picture: by its last label ("Photo:"), else by what it names first."""
    labels = list(_LABEL.finditer(text))
    subject = labels[-1] if labels else _SUBJECT.search(text)
    return bool(subject and subject["picture"]) and not _BOTH.search(text)


def _license_of(form: re.Pattern[str], match: re.Match[str]) -> str:
    if form is _ADDRESS:
        kind, terms, version, port = match.groups()
        return f"https://creativecommons.org/{kind}/{terms}/{version}/" + (f"{port}/" if port else "")
    if form is _CODE:
        return _address((match[1] or match[2]).lower().replace(" ", "-"), match[3])
    if form is _ATTRIBUTION:
        words = re.split(r"[ -]", match[1].casefold())
        return _address("-".join(_TERMS[word[:4]] for word in words), match[2])
    return FAMILY


def _address(terms: str, version: str | None) -> str:
    if terms == "0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return f"https://creativecommons.org/licenses/{terms}/{version}/" if version else FAMILY
