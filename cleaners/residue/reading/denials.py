"""What speaks against a note where no grammar reads its language: a denial of AI, or that another person says it.

Both are read from concepts alone (`copydesk.cleaners.residue.reading.vocabulary`), whose order decides: "no AI was used
for this text" is a denial, "written by AI and checked by no human" is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.reading.vocabulary import AGENTS, CONCEPTS, MACHINES, Hit, concepts_in
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.wording.sentences import remove_quotations

# Thai parts clauses by spaces; other words of one clause have them, too
_CLAUSE = lazy_pattern(r"[,;:·،؛()]|\s[–—|-]\s|\n|\s+(?=[\u0e01-\u0e5b])")
_MAX_BETWEEN = 40  # characters between AI and what denies it; set by hand: more are another statement
_NOT, _SAID, _USED = map(CONCEPTS.index, ("not", "said", "used"))
_MAKERS = AGENTS | MACHINES
_MAKING = frozenset(
    map(CONCEPTS.index, ("made", "written", "translated", "summarised", "voiced", "assisted"))
)
_DEEDS = _MAKING | {_USED}
_PEOPLE = frozenset(map(CONCEPTS.index, ("human", "checked")))
"""Of whom, and of what, a note may deny it: "by no human", "not checked"."""
_OPEN = frozenset(map(CONCEPTS.index, ("if", "must", "can")))
"""What makes a negation one of a rule or a chance."""


def denies(text: str, language: str) -> bool:
    """Whether a text says that AI had no part in it, and nowhere that AI made something."""
    is_denied = False
    for clause in _clauses(text):
        hits = concepts_in(clause, language)[1]
        there = {hit.concept for hit in hits}
        if there.isdisjoint(_MAKERS):
            continue
        if there.isdisjoint(_OPEN) and _is_denied(hits):
            is_denied = True
        elif not there.isdisjoint(_DEEDS):
            return False
    return is_denied


def denies_people_alone(text: str, language: str) -> bool:
    """Whether all that a text denies is that people made or checked it; also where it denies nothing."""
    clauses = ({hit.concept for hit in concepts_in(clause, language)[1]} for clause in _clauses(text))
    return not any(_NOT in there and there.isdisjoint(_PEOPLE) for there in clauses)


def is_quoted(text: str, language: str) -> bool:
    """Whether machines are named in quotation marks alone, beside a word for who says it."""
    said = remove_quotations(text)
    if said == text:
        return False
    there = {hit.concept for hit in concepts_in(said, language)[1]}
    return _SAID in there and there.isdisjoint(_MAKERS)


def _clauses(text: str) -> Iterator[str]:
    for sentence in split_sentences(text):
        yield from _CLAUSE.split(sentence)


def _is_denied(hits: Sequence[Hit]) -> bool:
    """Whether a maker is denied in a clause: a negation leads to it, or follows it beside its deed."""
    agents = [hit for hit in hits if hit.concept in _MAKERS]
    negations = [hit for hit in hits if hit.concept == _NOT]
    return any(
        _leads_to(negation, agent, hits) or _follows(negation, agent, hits)
        for negation in negations
        for agent in agents
    )


def _leads_to(negation: Hit, agent: Hit, hits: Sequence[Hit]) -> bool:
    if not 0 <= agent.start - negation.end <= _MAX_BETWEEN:
        return False
    return _PEOPLE.isdisjoint(_concepts_between(negation.end, agent.start, hits))


def _follows(negation: Hit, agent: Hit, hits: Sequence[Hit]) -> bool:
    if not 0 <= negation.start - agent.end <= _MAX_BETWEEN:
        return False
    between = _concepts_between(agent.end, negation.start, hits)
    if between.isdisjoint(_DEEDS):
        before = _concepts_between(0, agent.start, hits)
        behind = _concepts_between(negation.end, hits[-1].end, hits)
        # a verb that is negated by a prefix holds its deed: "AI se nepodílela"
        return behind.isdisjoint(_PEOPLE) and (before.isdisjoint(_DEEDS) or not behind.isdisjoint(_DEEDS))
    # with the verb last: "AI used was-not"
    is_right_behind = any(hit.concept == _USED and 0 <= negation.start - hit.end <= 1 for hit in hits)
    return is_right_behind and between.isdisjoint(_MAKING | _PEOPLE)


def _concepts_between(start: int, end: int, hits: Sequence[Hit]) -> set[int]:
    return {hit.concept for hit in hits if start <= hit.start and hit.end <= end}
