"""copydesk and its peers behind one signature. Each is imported where it runs: a peer may be absent."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.sets import Case, as_paragraphs
from benchmarks.words import words
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.options import Wanted
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Page
from training.folds import judge_of
from training.pages import site_of

LONG_LINE_WORDS = 10

# jusText's word lists by language code. No Swahili: langdetect takes Zulu and its like for it, and the
# wrong list costs jusText more than none
STOPLISTS = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian",
    "nl": "Dutch", "no": "Norwegian_Bokmal", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What an extractor found in a page. ``status``: of the record; None where an extractor has none."""

    text: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    status: str | None = None


Extractor = Callable[[Case, bytes], Found]


def copydesk(case: Case, body: bytes, *, judge: Judge = PACKAGED, wanted: Wanted | None = None) -> Found:
    """Return the whole record, metadata and provenance too: copydesk has no other way. ``wanted``: ``"all"`` gives the
    main content of pages that are no article.
    """
    page = Page(body=body, url=case.url, content_type=case.media, options={"pages": wanted} if wanted else {})
    record = clean_page(page, judge=judge)
    names = tuple(author.name for author in record.authors)
    return Found(record.text, record.title, names, record.date_published, record.status)


def copydesk_unseen(case: Case, body: bytes, *, seed: int = 0, wanted: Wanted | None = None) -> Found:
    """The same, judged by a model that has seen no page of the site
    (``python -m training.train --folds build/folds --seeds 0,1,2``).
    """
    return copydesk(case, body, judge=judge_of(site_of(case.url, case.id), seed=seed), wanted=wanted)


def trafilatura(case: Case, body: bytes, *, fast: bool = False) -> Found:
    """Its default settings: text alone; ``fast``: no second opinion of its own."""
    from trafilatura import extract

    return Found(extract(body, url=case.url, with_metadata=False, fast=fast) or "")


def trafilatura_metadata(case: Case, body: bytes) -> Found:
    """Text with title, authors and date: the work nearest to a record of ours."""
    from trafilatura import bare_extraction

    document: Any = bare_extraction(body, url=case.url, with_metadata=True)
    if document is None:
        return Found("")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Found(document.text or "", document.title, authors, document.date)


def readability(case: Case, body: bytes) -> Found:
    """readability-lxml's summary, its markup taken off."""
    from readability import Document
    from trafilatura.utils import decode_file

    return Found(_text_of(Document(decode_file(body), url=case.url).summary(html_partial=True)))


def _text_of(markup: str) -> str:
    """Return the text of a fragment with a line break at each block element; otherwise words of two blocks
    would join.
    """
    from lxml import html

    if not markup.strip():
        return ""
    tree: Any = html.fromstring(markup)
    for element in tree.iter("p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "th", "pre",
                             "blockquote", "section", "figure", "figcaption", "ul", "ol", "dt", "dd", "article"):  # fmt: skip
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    return str(tree.text_content())


def newspaper(case: Case, body: bytes) -> Found:
    """newspaper4k, without fetching anything.

    For some languages it wants models fetched from the network. It reads them as English then, which does for
    Arabic and finds nothing in Korean and Japanese.
    """
    try:
        return _newspaper(case, body)
    except (ImportError, LookupError):
        return _newspaper(case, body, language="en")


def _newspaper(case: Case, body: bytes, **settings: str) -> Found:
    from trafilatura.utils import decode_file

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every optional package
        from newspaper import Article

        article = Article(url=case.url or "http://localhost/", fetch_images=False, **settings)
        article.download(input_html=decode_file(body), ignore_read_more=True)
        article.parse()
    published = article.publish_date.isoformat() if article.publish_date else None
    return Found(article.text or "", article.title, tuple(article.authors), published)


def justext(case: Case, body: bytes) -> Found:
    """JusText with the word list of the true language; where it has none, its language-independent setting."""
    import justext as peer

    name = STOPLISTS.get(case.language)
    if name:
        paragraphs = peer.justext(body, peer.get_stoplist(name))
    else:
        paragraphs = peer.justext(body, frozenset(), stopwords_low=0, stopwords_high=0)
    return Found("\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate))


def resiliparse(case: Case, body: bytes) -> Found:  # noqa: ARG001 - the common signature
    """Resiliparse's main content, its bullets and alternative texts left out."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    text = bytes_to_str(body, detect_encoding(body) or "utf-8")
    return Found(extract_plain_text(text, main_content=True, list_bullets=False, alt_texts=False))


def datatrove(case: Case, body: bytes) -> Found:  # noqa: ARG001 - the common signature
    """The step of datatrove for the text of pages, which corpora are built with: trafilatura, favouring precision.

    Without the process it runs a page in, which costs more than the page.
    """
    from datatrove.pipeline.extractors import Trafilatura
    from trafilatura.utils import decode_file

    return Found(Trafilatura().extract(decode_file(body)) or "")


def every_line(case: Case, body: bytes) -> Found:  # noqa: ARG001 - the common signature
    """Flattened text as it is."""
    return Found(body.decode())


def long_lines(case: Case, body: bytes) -> Found:  # noqa: ARG001 - the common signature
    """Flattened text: lines of ten words or more."""
    lines = (line for line in body.decode().split("\n") if len(words(line)) >= LONG_LINE_WORDS)
    return Found("\n".join(lines))


def trafilatura_lines(case: Case, body: bytes) -> Found:
    """Flattened text: trafilatura with each line a paragraph."""
    return trafilatura(case, as_paragraphs(body.decode()).encode())


SEEDS = (0, 1, 2)
UNSEEN = {
    "copydesk-unseen": partial(copydesk_unseen),
    **{f"copydesk-unseen-{seed}": partial(copydesk_unseen, seed=seed) for seed in SEEDS},
}
MEANS = {
    f"{name}-mean": tuple(f"{name}-{seed}" for seed in SEEDS)
    for name in ("copydesk-unseen", "copydesk-all-unseen")
}
"""Names of several trainings, of which a page's score is the mean: two trainings of one network by other
seeds differ by 0.005 on a set and by 0.7 on single pages.
"""

FOR_PAGES: dict[str, Extractor] = {
    "copydesk": copydesk,
    **UNSEEN,
    "copydesk-all": partial(copydesk, wanted="all"),
    **{name.replace("-", "-all-", 1): partial(call, wanted="all") for name, call in UNSEEN.items()},
    "trafilatura": trafilatura,
    "trafilatura-fast": partial(trafilatura, fast=True),
    "trafilatura-metadata": trafilatura_metadata,
    "readability-lxml": readability,
    "newspaper4k": newspaper,
    "jusText": justext,
    "resiliparse": resiliparse,
    "datatrove": datatrove,
}
FOR_LINES: dict[str, Extractor] = {
    "copydesk": copydesk,
    **UNSEEN,
    "every-line": every_line,
    "long-lines": long_lines,
    "trafilatura-lines": trafilatura_lines,
}
DEFAULT_FOR_PAGES = ("copydesk", "trafilatura", "readability-lxml", "newspaper4k", "jusText", "resiliparse")
