"""What the net makes of a passage in its place: what leaves the text, and what is claimed.

The grammar of notes and the lists of lines speak first (`block_disclosures`); what they find here gets a second look
that knows what lines of articles look like them, and what they do not find is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.block_phrases import PHRASE_CHARS
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.note_words import note_languages
from copydesk.cleaners.residue.reading.denials import denies, is_quoted
from copydesk.cleaners.residue.reading.measures import Neighbours
from copydesk.cleaners.residue.reading.residue_reading import (
    Reading,
    Scan,
    TextInContext,
    classify,
    may_be_note,
    may_be_residue,
    may_be_talk,
    signed,
)
from copydesk.cleaners.residue.talk_words import talk_languages
from copydesk.cleaners.rules.disclosures.assessment import (
    Disclosure,
    article_blocks,
    begins_or_ends_text,
    continued,
    edges_of_article,
    introduces,
    page_is_about_ai,
)
from copydesk.cleaners.rules.disclosures.passages import Passage
from copydesk.cleaners.segment.citation_marks import may_hold_marks
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import Block, Kind, Label

LEAVES_FROM: Mapping[Label, float] = MappingProxyType(
    {Label.AI_DISCLAIMER: 2.0, Label.CHATBOT_META: 0.5, Label.LEAKED_PROMPT: 1.0}
)
"""Log-odds from which a passage leaves the text. By folds of sources and of sites: decision 22."""
LEAVES_AT_EDGE_FROM: Mapping[Label, float] = MappingProxyType(
    {**LEAVES_FROM, Label.AI_DISCLAIMER: 0.0, Label.CHATBOT_META: 0.0}
)
"""The same where a text that is not about AI begins or ends: there notes stand, and seldom what an article says."""
SHORT_FROM = 1.5
"""The same for what has few words, and for a chatbot's talk that has no word of the lists."""
UNLISTED_FROM = 1.0
"""The same for a chatbot's talk in languages that have no lists of its phrases."""
STAYS_BELOW: Mapping[Label, float] = MappingProxyType(
    {Label.AI_DISCLAIMER: -0.5, Label.CHATBOT_META: -1.0, Label.LEAKED_PROMPT: -1.0}
)
"""Log-odds below which a passage stays in the text that the grammar of notes, or the lists of chatbots' lines and of
orders, would take out.
"""
ROW_MORE = 2.0
"""How much higher both are for a row of a table, which lists examples, features and other people's sources; and
``LEAVES_FROM`` for a line of flattened text that is a label or a piece of a sentence.
"""
STAYS_BESIDE, PLAIN_STAYS_BESIDE, PLAIN_STAYS_BESIDE_SURE = -2.95, -1.0, -1.5
"""Log-odds below which a sentence beside one that is residue is the article's own; of one that names no machine; of
such a one in a passage that is residue from ``_SURE_FROM`` on.
"""
_SURE_FROM = 1.5
_MAX_OWN_SHARE = 0.5
# set by hand; one in fifty of 632 published blocks of residue has more than 350
_MIN_CHARS, _MAX_CHARS = 6, 500
# "Do you want that?"; headings that name a tool, "All features of Copilot"
_MIN_BYTES_OF: Mapping[Label, int] = MappingProxyType(
    {Label.AI_DISCLAIMER: 28, Label.CHATBOT_META: 18, Label.LEAKED_PROMPT: 18}
)
_EDGE = 1  # blocks of the text before or behind: there what has no word of the lists is read
_REACH = 3  # blocks beside a passage, among which its neighbour is looked for
_MOST_NAMING = 5
"""Passages that may name a machine: with more, machines are what the text is about. Of 1,038 records of real pages none
changes with this or any other number; at 0, two of 394 published residues amid short articles would stay.
"""
_MAX_ROUNDS = 5  # set by hand: a text ends with one or two passages that leave, a hostile one with thousands
_MAX_READ = 60  # passages; a page has a dozen that name a machine, a hostile one thousands


class Candidate(Struct, frozen=True):
    """A passage, the language it is read in, what grammar and lists may find in it, and what it likely is for the turns
    of a chat beside it.
    """

    passage: Passage
    language: str
    scans: Sequence[Scan]
    beside_turn: Label | None = None


def classify_passages(
    found: Mapping[int, Disclosure],
    candidates: Sequence[Candidate],
    judged: JudgedPage,
    *,
    is_own_voice: Callable[[int], bool],
) -> dict[int, Disclosure]:
    """The disclosures of blocks, by their number, as the net reads them. ``is_own_voice``: whether the candidate of
    that place is of the page's own voice; called for few.
    """
    worth_it = filter(is_own_voice, _worth_reading(candidates, found, judged))
    chosen = [candidates[at] for at in islice(worth_it, _MAX_READ)]
    readings = classify([_text_in_context(one, judged) for one in chosen], judged.readings)
    disclosure = dict(found)
    undecided = list(zip(chosen, readings, strict=True))
    # what grammar and lists take out counts once the reading has not doubted it
    leaving = _leaving(disclosure) - {block.index for one in chosen for block in one.passage.members}
    for _ in range(_MAX_ROUNDS):
        for candidate, reading in undecided:
            disclosure |= _decided(candidate, reading, disclosure, judged, leaving)
        before, leaving = leaving, _leaving(disclosure)
        if leaving == before:
            break
        # without what leaves, the text begins or ends with another passage
        undecided = [one for one in undecided if one[0].passage.first not in leaving]
    return disclosure


def _leaving(found: Mapping[int, Disclosure]) -> set[int]:
    return {at for at, disclosure in found.items() if disclosure.label is not None}


def _worth_reading(
    candidates: Sequence[Candidate], found: Mapping[int, Disclosure], judged: JudgedPage
) -> Iterator[int]:
    """The places of the candidates that are worth it, in order."""
    surely, perhaps = _readable(candidates, found, judged)
    notes, talk = set[int](), set[int]()
    for language, places in perhaps.items():
        passages = [candidates[at].passage for at in places]
        texts = [one.block.raw.strip() for one in passages]
        # the words of a passage are those of its blocks' first characters
        words = [
            one.words if len(one.block.raw) <= PHRASE_CHARS else folded_words(text)
            for one, text in zip(passages, texts, strict=True)
        ]
        found_notes, found_talk = signed(Folded(texts, words), language)
        notes.update([places[number] for number in found_notes])
        talk.update([places[number] for number in found_talk])
    is_topic = len(notes) > _MOST_NAMING
    begin, end = edges_of_article(judged, edge=_EDGE)
    # a page's footer says by itself what readers may do with it
    table = judged.page.table
    in_footer = table.inside(table.elements_by_tag.get("footer", ())) if notes or talk else ()
    for at in sorted(surely | notes | talk):
        one = candidates[at]
        text, members = one.passage.block.raw.strip(), one.passage.members
        # a passage that begins or ends an article, or has any of the words that grammar and lists look for; amid a
        # text talk and orders are a person's, and what names AI is the author's where all of it is about AI
        is_at_edge = members[0].index <= begin or members[-1].index >= end
        is_apart = one.scans or (is_at_edge and members[0].index not in in_footer)
        if (
            at in surely
            or (at in talk and is_apart and may_be_talk(text, one.language))
            or (at in notes and (is_apart or not is_topic) and may_be_note(text, one.language))
            # a mark of an interface is taken out of its sentence, which stays
        ) and not may_hold_marks(one.passage.block.raw):
            yield at


def _readable(
    candidates: Sequence[Candidate], found: Mapping[int, Disclosure], judged: JudgedPage
) -> tuple[set[int], Mapping[str, Sequence[int]]]:
    """The places of those to read whatever they say, and by language those to read if they have a sign of it."""
    surely: set[int] = set()
    perhaps: dict[str, list[int]] = {}
    # kept, or removed without a label: what was removed with one is not read again
    open_ = judged.nameless.union(judged.memoized(article_blocks))
    for at, one in enumerate(candidates):
        block, members = one.passage.block, one.passage.members
        if not _MIN_CHARS <= len(block.raw) <= _MAX_CHARS or block.kind is Kind.TITLE:
            continue
        numbers = range(members[0].index, members[-1].index + 1)
        if found and not found.keys().isdisjoint(numbers):
            surely.add(at)
        # no list of links
        elif block.link_chars * 2 <= len(block.raw) and not open_.isdisjoint(numbers):
            if one.beside_turn:
                surely.add(at)
            else:
                perhaps.setdefault(one.language, []).append(at)
    return surely, perhaps


def beside_turn(passage: Passage, turns: Mapping[int, bool], judged: JudgedPage) -> Label | None:
    """What a passage likely is for the turns beside it: an answer ends before the user's turn and begins
    behind the model's, and a prompt before the model's.
    """
    above, below = (_nearest_turn(blocks, turns, judged) for blocks in _beside(passage, judged))
    if above is False or below is True:
        return Label.CHATBOT_META
    return Label.LEAKED_PROMPT if below is False else None


def _nearest_turn(blocks: Iterable[Block], turns: Mapping[int, bool], judged: JudgedPage) -> bool | None:
    """Whose turn the nearest block of the text announces: True for the user's, None where it announces none."""
    nearest = (one for one in blocks if one.index in turns or judged.keep[one.index] >= judged.keep_at)
    return next((turns.get(one.index) for one in nearest), None)


def _text_in_context(candidate: Candidate, judged: JudgedPage) -> TextInContext:
    passage = candidate.passage
    before, after = _beside(passage, judged)
    return TextInContext(
        passage.block.text,
        candidate.language,
        Neighbours(_text(before, judged), _text(after, judged)),
        _mark(passage.block) if judged.page.is_html else "",
        candidate.scans,
    )


def _beside(passage: Passage, judged: JudgedPage) -> tuple[Sequence[Block], Sequence[Block]]:
    """The blocks above a passage and below it, the nearest first."""
    blocks, first, last = judged.page.table.blocks, passage.first, passage.last
    return blocks[max(0, first - _REACH) : first][::-1], blocks[last + 1 : last + 1 + _REACH]


def _mark(block: Block) -> str:
    """How Markdown would mark a block: it is learned from text that was written so."""
    if block.quote:
        return "> "
    if block.item or block.kind is Kind.LIST_ITEM:
        return "- "
    return "# " if block.kind is Kind.HEADING else ""


def _text(blocks: Iterable[Block], judged: JudgedPage) -> str:
    """The nearest block that is kept, marked as Markdown would."""
    nearest = next((block for block in blocks if judged.keep[block.index] >= judged.keep_at), None)
    if nearest is None:
        return ""
    return (_mark(nearest) if judged.page.is_html else "") + nearest.text


def _decided(
    candidate: Candidate,
    reading: Reading,
    found: Mapping[int, Disclosure],
    judged: JudgedPage,
    leaving: Set[int],
) -> dict[int, Disclosure]:
    """What becomes of a passage's blocks. ``leaving``: the blocks that leave by now."""
    passage = candidate.passage
    known = {member.index: found[member.index] for member in passage.members if member.index in found}
    # denials stay, and so does what is shown as an example
    if any(disclosure.denials or disclosure.is_shown for disclosure in known.values()):
        return {}
    label = reading.label
    if label is Label.CHATBOT_META and _introduces(candidate, known, judged):
        return {at: _stayed(disclosure, reading) for at, disclosure in known.items()}
    # in an article about AI its first and last sentences speak of AI as all others do
    is_at_edge = (
        reading.odds[label] >= LEAVES_AT_EDGE_FROM[label]
        and begins_or_ends_text(passage.first, passage.last, judged, leaving)
        and not page_is_about_ai(judged, leaving | {member.index for member in passage.members})
    )
    leaves_from = LEAVES_AT_EDGE_FROM if is_at_edge else LEAVES_FROM
    if reading.odds[label] < _least(leaves_from, label, candidate):
        label = candidate.beside_turn or label
    if reading.odds[label] < _least(leaves_from, label, candidate):
        return {at: _doubted(disclosure, reading, candidate) for at, disclosure in known.items()}
    first, *others = passage.members
    # the article's own sentence, where no grammar of notes tells so: a denial is shown
    if label is Label.AI_DISCLAIMER and not known and primary(candidate.language) not in note_languages():
        is_denied = denies(passage.block.text, candidate.language)
        if is_denied or is_quoted(passage.block.text, candidate.language):
            return {first.index: Disclosure(first, candidate.language, reading=reading, is_denied=is_denied)}
    # a paragraph stays of which one sentence is residue: the grammar tells of it
    if not _is_nothing_else(candidate, judged, is_sure=reading.odds[label] >= _SURE_FROM):
        return {at: replace(disclosure, reading=reading) for at, disclosure in known.items()}
    # with the disclosures of its other lines
    own = [disclosure for disclosure in known.values() if not disclosure.is_continuation]
    whole = Disclosure(
        first,
        own[0].code if own else candidate.language,
        notes=tuple(note for disclosure in own for note in disclosure.notes),
        lines=tuple(line for disclosure in own for line in disclosure.lines),
        prompt=next(filter(None, (disclosure.prompt for disclosure in own)), None),
        label=label,
        reading=reading,
        place=_place_that_decides(label, reading, candidate),
        is_at_edge=is_at_edge,
    )
    return {first.index: whole} | {block.index: continued(block, whole.code, label) for block in others}


def _introduces(candidate: Candidate, known: Mapping[int, Disclosure], judged: JudgedPage) -> bool:
    """Whether a sentence amid the text introduces what follows, and no line of it is more than one that hands over a
    text, which people do as well.
    """
    hands_over = all(line.kind == "handed" for disclosure in known.values() for line in disclosure.lines)
    return hands_over and not candidate.beside_turn and introduces(candidate.passage, judged)


def _stayed(disclosure: Disclosure, reading: Reading) -> Disclosure:
    return replace(disclosure, reading=reading, label=None, notes=(), lines=(), prompt=None)


def _place_that_decides(label: Label, reading: Reading, candidate: Candidate) -> str:
    """The place by which a passage leaves that would stay elsewhere, for readers; empty where its words suffice."""
    if label is candidate.beside_turn:
        return "beside a turn of a chat"
    return "where the text begins or ends" if reading.odds[label] < LEAVES_FROM[label] else ""


def _least(leaves_from: Mapping[Label, float], label: Label, candidate: Candidate) -> float:
    least = leaves_from[label]
    if label is candidate.beside_turn:
        return least
    text = candidate.passage.block.raw
    if _is_row(candidate.passage.block) or candidate.passage.is_piece:
        least += ROW_MORE
    # a Han letter says as much as three of Latin: Unicode needs as many bytes for it
    is_short = len(text.encode("utf-8", "replace")) < _MIN_BYTES_OF[label]
    if label is not Label.CHATBOT_META:
        return max(least, SHORT_FROM) if is_short else least
    # people offer and ask likewise: in few words, or without one of the lists, the reading must be sure
    if is_short or candidate.scans:
        return max(least, SHORT_FROM) if is_short else least
    return max(least, SHORT_FROM if primary(candidate.language) in talk_languages() else UNLISTED_FROM)


def _is_row(block: Block) -> bool:
    return block.table is not None or block.raw.lstrip().startswith("|")


def _is_nothing_else(candidate: Candidate, judged: JudgedPage, *, is_sure: bool) -> bool:
    """Whether most of a passage's letters stand in sentences that may be residue each by itself."""
    parts = split_sentences(candidate.passage.block.text)
    if len(parts) == 1:
        return True
    alone = [TextInContext(part, candidate.language, Neighbours("", "")) for part in parts]
    own = total = 0
    for part, reading in zip(parts, classify(alone, judged.readings), strict=True):
        letters = sum(map(str.isalnum, part))
        total += letters
        plain = PLAIN_STAYS_BESIDE_SURE if is_sure else PLAIN_STAYS_BESIDE
        least = STAYS_BESIDE if may_be_residue(part, candidate.language) else plain
        if max(reading.odds.values()) < least:
            own += letters
    return own <= _MAX_OWN_SHARE * total


def _doubted(disclosure: Disclosure, reading: Reading, candidate: Candidate) -> Disclosure:
    """What grammar and lists make of a block, unless the reading is sure that it is the article's."""
    label = disclosure.label
    # labels of an interface ("expand_less") are no sentence that could be the article's
    is_label = bool(disclosure.lines) and all(line.kind == "crumb" for line in disclosure.lines)
    if label is None or disclosure.is_continuation or is_label:
        return replace(disclosure, reading=reading)
    stays_below = STAYS_BELOW[label] + (ROW_MORE if _is_row(candidate.passage.block) else 0)
    if reading.odds[label] >= stays_below:
        return replace(disclosure, reading=reading)
    return _stayed(disclosure, reading)
