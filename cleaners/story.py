"""The provenance of a page told in sentences, for people who will not read JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleaners.schema import AiUse, DerivedFrom, Provenance, ProvenanceEvidence, Record

_QUOTE_CHARS = 120
_PLACES = {
    "text": "in its text",
    "meta": "in a meta tag",
    "json-ld": "in its structured data",
    "header": "in the headers it was sent with",
    "attribute": "in an attribute of its markup",
    "c2pa": "in the text itself, invisibly",
}
_DONE = {
    "generated": "was written by",
    "translated": "was translated by",
    "summarised": "was summarised by",
    "assisted": "was made with the help of",
}
_TYPES = {
    "trainedAlgorithmicMedia": "made by a trained model",
    "compositeWithTrainedAlgorithmicMedia": "partly made by a trained model",
    "dataDrivenMedia": "made from data by software",
    "algorithmicMedia": "made by an algorithm without training",
    "digitalCapture": "captured, not generated",
    "humanEdits": "edited by people",
}
_RELATIONS = {
    "translation": "It is a translation of",
    "summary": "It is a summary of",
    "republication": "It is a republication of",
    "rewrite": "It was rewritten from",
}


def tell_provenance(record: Record) -> tuple[str, ...]:
    """What is known of where a page comes from, a sentence each with the words it rests on; what is not known is said too."""
    told = record.provenance
    return (
        *_ai(told),
        *_type(told),
        *_sources(told),
        *_syndication(told),
        *_flags(told),
        *_usage(told),
        *_license(record),
        *_silence(told),
    )


def _ai(told: Provenance) -> Iterator[str]:
    evidence = _of(told, "ai")
    for use in told.ai:
        yield f"{_use(use)}{_quoted(evidence)}."
    is_denied = any(one.quote.lower().endswith(("none", '"none">', "mode=none")) for one in evidence)
    if told.ai and is_denied:
        yield "The page contradicts itself: elsewhere it declares that no AI was used."
    elif evidence and not told.ai:
        yield f"AI is mentioned without a claim about this text{_quoted(evidence)}."


def _use(use: AiUse) -> str:
    tool = _tool(use)
    if use.medium != "text":
        return f"By its own word, {use.medium} on the page was made by {tool}"
    if use.role is None:
        return f"By its own word, {tool} had a part in the page; which one, it does not say"
    return f"By its own word, the text {_DONE[use.role]} {tool}"


def _tool(use: AiUse) -> str:
    if use.model and use.vendor:
        return f"{use.model} ({use.vendor})"
    return use.model or use.vendor or "an AI it does not name"


def _type(told: Provenance) -> Iterator[str]:
    term = told.digital_source_type
    if term is None:
        return
    evidence = _of(told, "digital_source_type")
    what = _TYPES.get(term, "of this kind")
    if any(one.strength == "strong" for one in evidence):
        yield f"It is declared as {term}, {what}{_quoted(evidence)}."
    else:
        yield f"From that follows the type {term}, {what}; the page itself declares none."


def _sources(told: Provenance) -> Iterator[str]:
    for source in told.derived_from:
        yield f"{_RELATIONS.get(source.relation or '', 'It is based on')} {_work(source)}{_quoted(_of(told, 'derived_from'))}."


def _work(source: DerivedFrom) -> str:
    parts = [f"“{source.title}”" if source.title else "a text"]
    if source.publisher:
        parts.append(f"from {source.publisher}")
    if source.date_published:
        parts.append(f"of {source.date_published}")
    if source.language:
        parts.append(f"in the language {source.language}")
    if source.url:
        parts.append(f"at {source.url}")
    return " ".join(parts)


def _syndication(told: Provenance) -> Iterator[str]:
    found = told.syndication
    if found.agency:
        yield f"It comes from the agency {found.agency}{_quoted(_of(told, 'syndication.agency'))}."
    if found.original_publisher and found.original_publisher != found.agency:
        quoted = _quoted(_of(told, "syndication.original_publisher"))
        yield f"It appeared first with {found.original_publisher}{quoted}."
    if found.original_url:
        quoted = _quoted(_of(told, "syndication.original_url"))
        yield f"The original is said to stand at {found.original_url}{quoted}."


def _flags(told: Provenance) -> Iterator[str]:
    if told.sponsored:
        yield f"Somebody paid for it{_quoted(_of(told, 'sponsored'))}."
    if told.press_release:
        yield f"It is a press release{_quoted(_of(told, 'press_release'))}."
    if told.machine_translated is False and (evidence := _of(told, "machine_translated")):
        yield f"A person translated it{_quoted(evidence)}."
    if told.content_credentials:
        yield "It carries content credentials (a C2PA manifest); whether they are valid was not checked."


def _usage(told: Provenance) -> Iterator[str]:
    for name, purpose in (("ai_training", "for the training of AI"), ("search", "by search engines")):
        answer = getattr(told.usage, name)
        if answer:
            verb = "forbids" if answer == "deny" else "allows"
            yield f"Its publisher {verb} its use {purpose}{_quoted(_of(told, f'usage.{name}'))}."
    if told.usage.tdm_reserved is not None:
        what = "reserves" if told.usage.tdm_reserved else "does not reserve"
        yield f"Its publisher {what} the right to mine it{_quoted(_of(told, 'usage.tdm_reserved'))}."


def _license(record: Record) -> Iterator[str]:
    if record.license:
        yield f"Its licence is {record.license}."


def _silence(told: Provenance) -> Iterator[str]:
    if not told.ai and not _of(told, "ai"):
        yield "Nothing on the page says that AI was used; that does not show that none was."


def _of(told: Provenance, field: str) -> tuple[ProvenanceEvidence, ...]:
    return tuple(one for one in told.evidence if one.field == field)


def _quoted(evidence: Sequence[ProvenanceEvidence]) -> str:
    """The strongest words, and where they stand."""
    if not evidence:
        return ""
    best = min(evidence, key=lambda one: one.strength)  # "strong" < "weak"
    quote = " ".join(best.quote.split())
    if len(quote) > _QUOTE_CHARS:
        quote = quote[: _QUOTE_CHARS - 1] + "…"
    return f" ({_PLACES[best.where]}: “{quote}”)"
