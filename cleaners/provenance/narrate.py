"""The provenance of a page in sentences, for people who do not read JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.ai_vocabulary import SOURCE_TYPES
from copydesk.cleaners.schema import AiUse, DerivedFrom, Provenance, ProvenanceEvidence, Record
from copydesk.cleaners.wording.cues import codes_for, finder

Item = TypeVar("Item", AiUse, DerivedFrom)

# set by hand: a line or two in a terminal; the record holds the words whole
_QUOTE_CHARS = 120
# by `where` of the evidence
_PLACES = {
    "text": "in its text",
    "meta": "in a meta tag",
    "json-ld": "in its structured data",
    "header": "in the headers it was sent with",
    "attribute": "in an attribute of its markup",
    "c2pa": "in the text itself, invisibly",
    "site": "in a file of its site",
}
# by role, before the name of the tool
_DONE = {
    "generated": "written by",
    "translated": "translated by",
    "summarised": "summarised by",
    "assisted": "made with the help of",
}
# in lower case, beginnings of words: "translat" for `translator` and `translation`
_ROLE_WORDS = {
    "generated": ("generated", "originated", "autonomous", '"author"'),
    "translated": ("translat",),
    "assisted": ("assist", "modified", "composite"),
}
"""How the vocabularies of the standards call a role."""
_MEDIA = {"image": "a picture", "audio": "audio", "video": "a video"}
# the value of a disclosure, in each place where it may be declared
_VALUES = {
    "meta": lazy_pattern(
        # `<meta name="ai-disclosure" content="none">`; greedy: the value may hold quotation marks itself
        r'(?:name|property|http-equiv)="ai-?(?:disclosure|generated)"\s+content="(.*)"',
        re.IGNORECASE,
    ),
    # `<article ai-disclosure="none">`; `AI-Disclosure: mode=none`
    "attribute": lazy_pattern(r'ai-?disclosure="(.*)"', re.IGNORECASE),
    "header": lazy_pattern(r"ai-disclosure:(.*)", re.IGNORECASE),
    "json-ld": lazy_pattern(
        # `"aiDisclosure": "none"`, `"aiDisclosure": {"tool": "…", "level": "none"}`
        r'"aiDisclosure"\s*:\s*(?:\{(?:[^{}]*,)?\s*"level"\s*:\s*)?"?([^"{}]+)',
        re.IGNORECASE,
    ),
}
# the level's key where the value is a dictionary: `mode=none; model=…`
_MODE = lazy_pattern(r"\bmode\s*=\s*([^;,]+)", re.IGNORECASE)
_PARTED = lazy_pattern("[;,]")
# levels that deny it: of the drafts, and what switches say
_NO_AI = frozenset({"none", "human-only", "human", "false", "no", "0"})
# elements whose attribute speaks for all of the page's text
_WHOLE = lazy_pattern("<(?:html|body|main|article) ")
_RELATIONS = {
    "translation": "It is a translation of",
    "summary": "It is a summary of",
    "republication": "It is a republication of",
    "rewrite": "It was rewritten from",
}


def describe_provenance(record: Record) -> tuple[str, ...]:
    """What is known of where a page comes from, a sentence each with the words it rests on; what is not known
    is stated too.
    """
    provenance = record.provenance
    return (
        # the most frequent questions first; what is not known last, as it is true of the rest
        *_ai(provenance, record.language),
        *_type(provenance),
        *_sources(provenance),
        *_syndication(provenance),
        *_flags(provenance),
        *_usage(provenance),
        *_rest(record),
    )


def _ai(provenance: Provenance, language: str) -> Iterator[str]:
    evidence = _of(provenance, "ai")
    denials = [one for one in evidence if _is_denial(one)]
    # a denial is no sign of use: were it quoted for a claim, the sentence would say the opposite of its words
    mentions = [one for one in evidence if one not in denials]
    chosen = _shared_out(provenance.ai, mentions, lambda use, one: _fit_of_use(use, one, language))
    uses = list(zip(provenance.ai, chosen, strict=True))
    # what the page says itself, before what a machine left in it
    sure = [use for use, one in uses if one is not None and one.strength == "strong"]
    disclosed = [use for use in sure if use.medium == "text"]
    for use, one in sorted(uses, key=lambda both: both[0] not in disclosed):
        yield _left_beside(use, one, disclosed) if disclosed and _is_left(use, one) else _use(use, one)
    if mentions and not provenance.ai:
        yield _mentioned(mentions, language)
    if denials:
        # sure claims contradict a denial; signs only stand against it
        yield _denied(denials, has_claim=bool(provenance.ai), is_sure=bool(sure))


def _mentioned(mentions: Sequence[ProvenanceEvidence], language: str) -> str:
    """Words on AI that disclose nothing; and what only machines leave in texts, such as a mark of a citation."""
    is_trace = not any(
        # what is declared in markup speaks of AI by its place, whatever its words
        one.where != "text"
        or find_vendors(one.quote)
        or _mentions(one.quote, language, "cue.ai", "cue.ai-sure")
        for one in mentions
    )
    what = "Something in it looks left by a machine," if is_trace else "AI is mentioned"
    return f"{what} without a claim about this text{_quoted(mentions)}."


def _is_denial(evidence: ProvenanceEvidence) -> bool:
    """Whether a machine-readable mark says that no AI was used; what a text says is for its readers to judge."""
    pattern = _VALUES.get(evidence.where)
    found = pattern.search(evidence.quote) if pattern else None
    if found is None:
        return False
    # without the key the level comes first, before other keys
    mode = _MODE.search(found[1])
    level = mode[1] if mode else _PARTED.split(found[1], maxsplit=1)[0]
    return level.strip(' "').lower() in _NO_AI


def _denied(denials: Sequence[ProvenanceEvidence], *, has_claim: bool, is_sure: bool) -> str:
    # a side box with an attribute is a part; meta tags and headers speak for all
    whole = [one for one in denials if one.where != "attribute" or _WHOLE.match(one.quote)]
    if not whole:
        return f"For a part of the page it is declared that no AI was used{_quoted(denials)}."
    if not has_claim:
        return f"The page declares that no AI was used{_quoted(whole)}."
    if is_sure:
        return f"The page contradicts itself: elsewhere it declares that no AI was used{_quoted(whole)}."
    return f"Against that, the page declares that no AI was used{_quoted(whole)}."


def _is_left(use: AiUse, evidence: ProvenanceEvidence | None) -> bool:
    """Whether a use rests on what a machine left in the text."""
    is_declared = evidence is None or evidence.strength == "strong" or evidence.where != "text"
    return use.medium == "text" and use.role is not None and not is_declared


def _left_beside(use: AiUse, evidence: ProvenanceEvidence | None, disclosed: Sequence[AiUse]) -> str:
    """What a machine left in a text of which the page says itself that AI had a part in it."""
    more = "which bears that out"
    if all(one.role != use.role for one in disclosed):
        more = f"a sign that {_what(use, 'was')}, beyond what the page says"
    return f"Words of a machine were left in it, too{_quoted([evidence] if evidence else [])}: {more}."


def _use(use: AiUse, evidence: ProvenanceEvidence | None) -> str:
    """A use as it is worded; more carefully where the words it rests on do not settle it."""
    quoted = _quoted([evidence] if evidence else [])
    if evidence is not None and evidence.strength == "strong":
        return f"By its own word, {_what(use, 'was')}{quoted}."
    # declared, but weakly: the page gives a term, not a sentence on this text
    if evidence is not None and evidence.where != "text":
        return f"From what it declares, {_what(use, 'may have been')}{quoted}."
    # what a chatbot left in the text is no statement of the publisher's
    return f"There are signs that {_what(use, 'was')}{quoted}; the page does not say so itself."


def _what(use: AiUse, was: str) -> str:
    tool = use.model or use.vendor or "an AI"
    if use.model and use.vendor:
        tool = f"{use.model} ({use.vendor})"
    if use.medium != "text":
        return f"{_MEDIA[use.medium]} on the page {was} made by {tool}"
    if use.role is None:
        # no role is known, so nothing can be stated as done
        had = "had" if was == "was" else "may have had"
        return f"{tool} {had} a part in the page; which one, it does not say"
    return f"the text {was} {_DONE[use.role]} {tool}"


def _fit_of_use(use: AiUse, evidence: ProvenanceEvidence, language: str) -> int:
    """How well a quote fits a use: first its tool, then medium and role."""
    quote = evidence.quote.casefold()
    # more than medium and role together give, so that a named tool always decides
    fit = 4 * sum(bool(name) and str(name).casefold() in quote for name in (use.model, use.vendor))
    if evidence.where != "text":
        words = _ROLE_WORDS.get(use.role or "", ())
        return fit + (use.medium == "text") + any(word in quote for word in words)
    # a note on a picture fits the picture's use; a note that names no medium fits the text's
    media = _media_named(evidence.quote, language)
    fit += 2 * (use.medium in media if use.medium != "text" else not media)
    cue = "cue.made" if use.role == "generated" else f"cue.{use.role}"
    return fit + (use.role is not None and _mentions(evidence.quote, language, cue))


@lru_cache_short_text(maxsize=1024)
def _media_named(text: str, language: str) -> frozenset[str]:
    """What else than text a note speaks of, by its words or by what the tool it names makes."""
    tools = {hit.medium for hit in find_vendors(text)}
    named = [medium for medium in _MEDIA if medium in tools or _mentions(text, language, f"cue.{medium}")]
    return frozenset(named)


@lru_cache_short_text(maxsize=4096)
def _mentions(text: str, language: str, *cues: str) -> bool:
    return any(finder(code).mentions(text, *cues) for code in codes_for(text, language))


def _shared_out(
    items: Sequence[Item],
    evidence: Sequence[ProvenanceEvidence],
    fit: Callable[[Item, ProvenanceEvidence], int],
) -> list[ProvenanceEvidence | None]:
    """The quote each item rests on: the best fitting pairs first, each quote once before any is used again."""
    chosen: dict[int, int] = {}
    # strong before weak where both fit, then as the page has them
    ranked = sorted(
        (-fit(item, one), one.strength, number, place)
        for number, item in enumerate(items)
        for place, one in enumerate(evidence)
    )
    # again with all quotes where there are fewer than items, so that no claim goes without words
    while evidence and len(chosen) < len(items):
        free = set(range(len(evidence)))
        for _, _, number, place in ranked:
            if number not in chosen and place in free:
                chosen[number] = place
                free.discard(place)
    return [evidence[chosen[number]] if number in chosen else None for number in range(len(items))]


def _type(provenance: Provenance) -> Iterator[str]:
    term = provenance.digital_source_type
    if term is None:
        return
    evidence = _of(provenance, "digital_source_type")
    what = f"the text was {SOURCE_TYPES.get(term, 'made in another way')} (digital source type {term})"
    # a weak type was concluded here (`page_provenance`) and rests on no words of its own
    if strong := [one for one in evidence if one.strength == "strong"]:
        verb = "says" if strong[0].where == "text" else "declares"
        yield f"The page {verb} that {what}{_quoted(strong)}."
        return
    is_sure = any(one.strength == "strong" for one in _of(provenance, "ai"))
    follows = "It follows" if is_sure else "If so, it follows"
    yield f"{follows} that {what}; that is a conclusion, not declared."


def _sources(provenance: Provenance) -> Iterator[str]:
    chosen = _shared_out(provenance.derived_from, _of(provenance, "derived_from"), _fit_of_source)
    for source, one in zip(provenance.derived_from, chosen, strict=True):
        relation = _RELATIONS.get(source.relation or "", "It is based on")
        yield f"{relation} {_work(source)}{_quoted([one] if one else [])}."


def _fit_of_source(source: DerivedFrom, evidence: ProvenanceEvidence) -> int:
    """How much of a source a quote names."""
    quote = evidence.quote.casefold()
    # a text names the day, not the hour that the record may have
    day = (source.date_published or "")[:10]
    named = (source.title, source.publisher, source.url, day)
    return sum(bool(one) and one.casefold() in quote for one in named if one)


def _work(source: DerivedFrom) -> str:
    parts = [f"“{source.title}”" if source.title else "a text"]
    if source.publisher:
        parts.append(f"from {source.publisher}")
    if source.date_published:
        parts.append(f"of {source.date_published}")
    if source.language:
        parts.append(f"in {_language(source.language)}")
    if source.url:
        parts.append(f"at {source.url}")
    return " ".join(parts)


def _language(code: str) -> str:
    """The English name of a language; as it is written where it is no code there is a name for."""
    # only here: it is needed where a source has a language, and would delay every start
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def _syndication(provenance: Provenance) -> Iterator[str]:
    found = provenance.syndication
    if found.agency:
        yield f"It comes from the agency {found.agency}{_quoted(_of(provenance, 'syndication.agency'))}."
    # an agency is its own first publisher: stated once
    if found.original_publisher and found.original_publisher != found.agency:
        quoted = _quoted(_of(provenance, "syndication.original_publisher"))
        yield f"It appeared first with {found.original_publisher}{quoted}."
    if found.original_url:
        quoted = _quoted(_of(provenance, "syndication.original_url"))
        yield f"The page names the original at {found.original_url}{quoted}."


def _flags(provenance: Provenance) -> Iterator[str]:
    if provenance.sponsored:
        yield f"Somebody paid for it{_quoted(_of(provenance, 'sponsored'))}."
    if provenance.press_release:
        yield f"It is a press release{_quoted(_of(provenance, 'press_release'))}."
    # without evidence False means only that no mark was found, which says nothing of people
    if provenance.machine_translated is False and (evidence := _of(provenance, "machine_translated")):
        yield f"A person translated it{_quoted(evidence)}."
    if provenance.content_credentials:
        yield "It carries content credentials (a C2PA manifest); whether they are valid was not checked."


def _usage(provenance: Provenance) -> Iterator[str]:
    for name, purpose in (("ai_training", "for the training of AI"), ("search", "by search engines")):
        if answer := getattr(provenance.usage, name):
            verb = "forbids" if answer == "deny" else "allows"
            yield f"Its publisher {verb} its use {purpose}{_quoted(_of(provenance, f'usage.{name}'))}."
    # None is left out: no answer is neither a reservation nor its absence
    if provenance.usage.tdm_reserved is not None:
        what = "reserves" if provenance.usage.tdm_reserved else "does not reserve"
        quoted = _quoted(_of(provenance, "usage.tdm_reserved"))
        yield f"Its publisher {what} the right to text and data mining, which is automated analysis{quoted}."


def _rest(record: Record) -> Iterator[str]:
    if record.license:
        yield f"Its licence is {record.license}."
    # never a verdict: the absence of marks is common to human and machine texts
    if not record.provenance.ai and not _of(record.provenance, "ai"):
        yield "No statement was found that AI was used; that does not show that none was."


def _of(provenance: Provenance, field: str) -> tuple[ProvenanceEvidence, ...]:
    return tuple(one for one in provenance.evidence if one.field == field)


def _quoted(evidence: Sequence[ProvenanceEvidence]) -> str:
    """The strongest words, and where they stand."""
    if not evidence:
        return ""
    best = min(evidence, key=lambda one: one.strength)  # "strong" < "weak"
    # one line: quotations of prompts have many
    quote = " ".join(best.quote.split())
    if len(quote) > _QUOTE_CHARS:
        quote = quote[: _QUOTE_CHARS - 1] + "…"
    return f" ({_PLACES[best.where]}: “{quote}”)"
