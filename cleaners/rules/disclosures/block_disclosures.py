"""What the blocks of a page disclose of its making: notes on AI, chatbots' lines, leaked prompts; and whether it
is this page they speak of.

What a block says is read from its words alone (`ai_notes`, `chatbot_lines`, `prompt_lines`). The page may keep it from
counting, and never makes it count: words of readers and of other articles, menus, and, for what does not name the page
itself, a page that speaks of AI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from itertools import islice

from msgspec.structs import replace

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.block_phrases import PHRASE_CHARS
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.phrase_gates import Folded, PhraseGate
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue import prompt_lines
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.residue.chatbot_lines import may_hold_chatbot_lines, need_be_read, read_chatbot_lines
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.interface import sure_together
from copydesk.cleaners.residue.note_words import NAMING, may_hold_note, note_languages, note_words
from copydesk.cleaners.residue.prompt_lines import may_hold_prompt, read_prompt
from copydesk.cleaners.residue.reading.residue_reading import Scan
from copydesk.cleaners.residue.reading.vocabulary import languages as reading_languages
from copydesk.cleaners.residue.talk_words import talk_gate, talk_languages
from copydesk.cleaners.rules.disclosures.adjacent import (
    adjacent_prompts,
    adjacent_ui_labels,
    offered_lists,
    prompts_between_turns,
    turns_in,
)
from copydesk.cleaners.rules.disclosures.assessment import (
    BOILERPLATE,
    Disclosure,
    article_blocks,
    assess,
    continued,
    is_announced,
    page_is_about_ai,
)
from copydesk.cleaners.rules.disclosures.passages import (
    MAX_CHARS,
    SKIPPED_KINDS,
    Passage,
    passage_of,
    passages,
)
from copydesk.cleaners.rules.disclosures.readings import Candidate, beside_turn, classify_passages
from copydesk.cleaners.rules.parts.walls import words_of_walls
from copydesk.cleaners.sentence_ends import ends_sentence, split_sentences
from copydesk.cleaners.types import Block, Label
from copydesk.cleaners.wording.cues import NATIVE_SHARE, candidate_cues, codes_for, native_words, usual_codes

_TAIL_SENTENCES = 2  # of a long block: notes on making stand at the end, "This article was written with AI."
_MIN_FOOTER_CHARS = 25  # notes on a site's footer are sentences
# as in `cleaners/wording/cues.py`: fewer words often have no frequent one in any language; set by hand
_MIN_FOREIGN_WORDS = 8
_MIN_CHARS = 4  # "AI生成"
# kinds of elements (element_kinds.toml) whose text is a reader's or another article's
_ANOTHERS = frozenset({KINDS.index("comment"), KINDS.index("related")})
_LOOKED_FOR = cue_ids.LOOKED_FOR | prompt_lines.LOOKED_FOR
_OPENING, _CLOSING = ("opener", "handed"), ("offer", "goodbye")
_MAX_READ = 40  # blocks; a page has one or two, a hostile one thousands


def disclosures(judged: JudgedPage) -> Mapping[int, Disclosure]:
    """The disclosures of blocks, by their number."""
    return judged.memoized(_disclosures)


def _disclosures(judged: JudgedPage) -> dict[int, Disclosure]:
    passages_ = _passages(judged)
    # all passages at once: phrases are sought in a language's texts in one go
    language = judged.page.language
    scans = _scans([one.block for one in passages_], [one.words for one in passages_], language)
    # last: so paths and labels are looked at for few passages instead of all
    own = {at for at in scans if _is_own_voice(passages_[at].block, judged)}
    found = _by_grammar([(passages_[at], scans[at]) for at in sorted(own)], judged)
    turns = turns_in(found)
    if turns and page_is_about_ai(judged, found.keys()):
        turns = {}  # there a chat may be retold, with paragraphs of the author between its turns
    # a page's language of which there are no lists: what another's lists find in it is a phrase and no language
    has_lists = bool(usual_codes(language)) or primary(language) not in reading_languages()
    candidates = [
        # one that is in another language than its page is read in its own
        Candidate(
            one,
            scans[at][0].code if has_lists and at in scans else language,
            scans.get(at, ()),
            beside_turn(one, turns, judged) if turns else None,
        )
        for at, one in enumerate(passages_)
    ]
    disclosed = classify_passages(
        found,
        candidates,
        judged,
        is_own_voice=lambda at: at in own if at in scans else _is_own_voice(passages_[at].block, judged),
    )
    own_words = {
        at: one for at, one in disclosed.items() if not _is_said_to_readers(at, one.label, judged.page)
    }
    return own_words | offered_lists(own_words, judged)


def _is_said_to_readers(at: int, label: Label | None, page: PageFacts) -> bool:
    """Whether a site says in a block what chatbots and their users say to each other: that a limit is reached, that one
    should read on, or write a comment. What names AI, or says not who may read, may be a chatbot's.
    """
    if label is Label.LEAKED_PROMPT and "wording.comment-form" in page.phrases[at]:
        return True
    return any("reader" in parts for parts in words_of_walls(page, [at]).values()) and not mentions_ai(
        page.table.texts[at], page.language
    )


def mentions_ai(text: str, language: str) -> bool:
    """Whether a text has words for AI that mean nothing else."""
    return any("cue.ai-sure" in ids for _, ids in candidate_cues(text, language))


def _by_grammar(
    scanned: Iterable[tuple[Passage, Sequence[Scan]]], judged: JudgedPage
) -> dict[int, Disclosure]:
    """What the grammar of notes and the lists of lines make of passages."""
    read: list[tuple[Passage, Disclosure]] = []
    count = 0
    for passage, scans in scanned:
        disclosure = _read(passage.block, scans)
        if disclosure is not None:
            read.append((passage, disclosure))
            # denials are not counted: a page full of them must not keep its one note from being read
            count += disclosure.discloses
            if count == _MAX_READ:
                break
    if not read:
        return {}
    is_about_ai = page_is_about_ai(judged, {block.index for passage, _ in read for block in passage.members})
    found: dict[int, Disclosure] = {}
    # together before assessment, which depends on how sure each line is
    for passage, disclosure in _cross_check(read):
        found |= _assess_passage(passage, disclosure, judged, is_about_ai=is_about_ai)
    found |= adjacent_ui_labels(found, judged)
    if not is_about_ai:  # there a chat may be retold, with paragraphs of the author between its turns
        found |= prompts_between_turns(found, judged)
    return found | adjacent_prompts(found, judged)


def _cross_check(read: Sequence[tuple[Passage, Disclosure]]) -> list[tuple[Passage, Disclosure]]:
    """What the lines of a page are beside each other: what announces an answer and, in another block, what
    offers more are beyond doubt, where both speak of a text and one of its making; so is whose turn it is,
    where both have one. What people write as well is nothing without a line that is more.
    """
    lines = [(at, line) for at, (_, disclosure) in enumerate(read) for line in disclosure.lines]
    opened = {at for at, line in lines if line.kind in _OPENING and line.names_rework}
    closed = {at for at, line in lines if line.kind in _CLOSING and line.names_rework}
    both = opened | closed if any(one != other for one in opened for other in closed) else set()
    are_faint = all(line.is_faint for _, line in lines)
    turns = iter(sure_together([line for _, line in lines]))
    together = []
    for at, (passage, disclosure) in enumerate(read):
        own = [
            replace(line, is_sure=line.is_sure or at in both)
            for line in islice(turns, len(disclosure.lines))
            if not are_faint
        ]
        together.append((passage, replace(disclosure, lines=tuple(own))))
    return together


def _assess_passage(
    passage: Passage, disclosure: Disclosure, judged: JudgedPage, *, is_about_ai: bool
) -> dict[int, Disclosure]:
    """What the page leaves of a passage, by block: all of it where it is nothing else, or those lines of it
    that are.
    """
    whole = assess(passage, disclosure, judged, is_about_ai=is_about_ai)
    if whole is None:
        return {}
    # all of it goes: the lines of a wrapped note must not be judged one by one
    if whole.label is not None or len(passage.members) == 1:
        return _split_by_block(passage, whole)
    found: dict[int, Disclosure] = {}
    left = whole
    for group in passage.among(whole.spans):
        # lines of it may be nothing but a note where the passage is not: read anew, by themselves
        part = passage_of([(block, judged.page.words[block.index]) for block in group])
        scans = _scans([part.block], [part.words], judged.page.language)
        part_disclosure = _read(part.block, scans[0]) if scans else None
        # the whole passage was assessed already
        if part_disclosure is None or len(group) == len(passage.members):
            continue
        part_assessed = assess(part, part_disclosure, judged, is_about_ai=is_about_ai)
        if part_assessed is not None and part_assessed.label is not None:
            found |= _split_by_block(part, part_assessed)
            left = _without(part_assessed, left)
    if found and not (left.discloses or left.denials or left.is_shown):
        return found
    host = _host(passage, left, found)
    return {host.index: replace(left, block=host)} | found


def _host(passage: Passage, disclosure: Disclosure, found: Mapping[int, Disclosure]) -> Block:
    """The first block of a passage that holds something of a disclosure; one that was found has its own."""
    blocks = (*(block for group in passage.among(disclosure.spans) for block in group), *passage.members)
    return next((block for block in blocks if block.index not in found), passage.members[0])


def _without(part: Disclosure, disclosure: Disclosure) -> Disclosure:
    """The same without what a part of the passage says by itself."""
    quotes = {note.quote for note in (*part.notes, *part.denials)} | {line.quote for line in part.lines}
    return replace(
        disclosure,
        notes=tuple(note for note in disclosure.notes if note.quote not in quotes),
        denials=tuple(note for note in disclosure.denials if note.quote not in quotes),
        lines=tuple(line for line in disclosure.lines if line.quote not in quotes),
    )


def _split_by_block(passage: Passage, disclosure: Disclosure) -> dict[int, Disclosure]:
    """The disclosure on the first of a passage's blocks; the others go on with it."""
    first, *others = passage.members
    found = {first.index: replace(disclosure, block=first)}
    if disclosure.label is not None:
        found |= {block.index: continued(block, disclosure.code, disclosure.label) for block in others}
    return found


def _passages(judged: JudgedPage) -> list[Passage]:
    """The passages that may be sentences of the page's own."""
    page, table, kept = judged.page, judged.page.table, {*judged.memoized(article_blocks)}
    # beside the text; a text judged without the network has nothing to go by
    beside = {at for at, label in enumerate(judged.labels) if label in BOILERPLATE}
    if page.is_html:
        # each block is one: most are links and menus, of which none is made
        shorts = {at for at, raw in enumerate(table.raws) if len(raw) < _MIN_FOOTER_CHARS}
        # a whole sentence in a footer may be the site's note on AI
        menus = beside - kept - (table.sentences - shorts)
        return [
            Passage(block, page.words[at], (block,), (len(table.texts[at]),))
            for at, block in _speaking(table.blocks, menus)
        ]
    every = [*passages(zip(table.blocks, page.words, strict=True))]
    menus = {
        at
        for at, one in enumerate(every)
        if one.first in beside
        # one kept line makes it text
        and kept.isdisjoint([member.index for member in one.members])
        and (len(one.block.raw) < _MIN_FOOTER_CHARS or not ends_sentence(one.block.raw))
    }
    return [every[at] for at, _ in _speaking([one.block for one in every], menus)]


def _speaking(blocks: Sequence[Block], menus: Set[int]) -> list[tuple[int, Block]]:
    """The blocks that may be sentences of the page's own, each with its place; ``menus``: the places of those that are
    a few words beside the text.
    """
    return [
        (at, block)
        for at, block in enumerate(blocks)
        if at not in menus
        and len(block.raw) >= _MIN_CHARS
        and not block.is_hidden
        and block.kind not in SKIPPED_KINDS
        # more of links than of words; but "Translated by DeepL, see the original" is a note with a link in it, and the
        # text beside a long link may be a sentence
        and not len(block.raw) - block.link_chars < min(block.link_chars, _MIN_FOOTER_CHARS)
    ]


def _is_own_voice(block: Block, judged: JudgedPage) -> bool:
    # a site may set its own note in a `<blockquote>`; what a line announces is another's
    if block.quote and is_announced(block.index, judged):
        return False
    return not _is_anothers(block, judged)


def _is_anothers(block: Block, judged: JudgedPage) -> bool:
    """Whether a block is a reader's comment or speaks of another article: what it discloses, this page does not."""
    if not judged.labels:
        return False
    at = block.index
    beside = [judged.labels[one] for one in (at - 1, at + 1) if 0 <= one < len(judged.labels)]
    # a comment between two comments, whatever the network makes of it alone
    if judged.page.is_html and beside and all(label is Label.COMMENT for label in beside):
        return True
    # what the network keeps is the article's, even in an element called "related-story"
    return judged.keep[block.index] < judged.keep_at and any(
        not _ANOTHERS.isdisjoint(kinds_of(step.words)) for step in block.path if step.words
    )


def _scans(blocks: Sequence[Block], words: Sequence[Sequence[str]], language: str) -> dict[int, list[Scan]]:
    """By place, what those of some blocks may hold that may hold anything; ``words``: of each block, folded."""
    texts = [block.raw.strip() for block in blocks]
    # of a long one the end is read
    texts = [text if len(text) <= MAX_CHARS else text[_tail_start(text) :] for text in texts]
    # `words` holds a block's first characters alone
    read = [
        some if len(block.raw) <= PHRASE_CHARS else folded_words(text)
        for block, text, some in zip(blocks, texts, words, strict=True)
    ]
    usual = usual_codes(language)
    is_native = (native_words(usual[0]) if usual else frozenset[str]()).__contains__
    # surely in no other language than the page's and English; others are looked at closely. A few ASCII words
    # ("AI-generated") are the page's or English: no other language is guessed from them
    are_usual = [
        (len(some) < _MIN_FOREIGN_WORDS and text.isascii())
        or sum(map(is_native, some)) > NATIVE_SHARE * len(some)
        for text, some in zip(texts, read, strict=True)
    ]
    places: dict[tuple[str, ...], list[int]] = {}
    for at, text in enumerate(texts):
        codes = usual if usual and are_usual[at] else codes_for(text, language)
        # texts of the same languages together: gates are searched once for each language
        places.setdefault(codes, []).append(at)
    found: dict[int, list[Scan]] = {}
    for codes, chosen in places.items():
        folded = Folded([texts[at] for at in chosen], [read[at] for at in chosen])
        for code in codes:
            for number, scan in _scans_in(folded, code):
                found.setdefault(chosen[number], []).append(scan)
    return found


def _tail_start(text: str) -> int:
    """Where the last sentences of a long text begin."""
    start = len(text)
    for part in split_sentences(text)[: -_TAIL_SENTENCES - 1 : -1]:
        start = text.rindex(part, 0, start)
    # a hostile block of a megabyte is one sentence
    return max(start, len(text) - MAX_CHARS)


def _scans_in(folded: Folded, code: str) -> Iterator[tuple[int, Scan]]:
    """What texts may hold that are read in one language, by their number."""
    found: dict[int, set[str]] = {}
    for gate in _gates(code):
        for number, ids in gate.present(folded).items():
            found.setdefault(number, set()).update(ids)
    for number, ids in sorted(found.items()):
        if _tell(frozenset(ids)):
            text = folded.texts[number]
            lines, prompt = need_be_read(text, code, ids), may_hold_prompt(ids, text)
            scan = Scan(code, text, may_hold_note(ids, text), lines, prompt)
            if scan.notes or scan.lines or scan.prompt:
                yield number, scan


@lru_cache(maxsize=4096)
def _tell(ids: frozenset[str]) -> bool:
    """Whether what was met may be of a disclosure: nearly all blocks that have any of it have one thing alone."""
    return not ids.isdisjoint(NAMING) or may_hold_chatbot_lines(ids) or may_hold_prompt(ids, ":")


@cache
def _gates(code: str) -> tuple[PhraseGate, ...]:
    """The gates for disclosures in one language."""
    notes = [note_words(code).gate] if code in note_languages() else []
    talk = [talk_gate(code, _LOOKED_FOR)] if code in talk_languages() else []
    return PhraseGate.joined([*notes, *talk])


def _read(block: Block, scans: Sequence[Scan]) -> Disclosure | None:
    for code, text, has_notes, has_lines, has_prompt in scans:
        start = len(block.text) - len(text)
        notes = [
            replace(note, start=note.start + start, end=note.end + start)
            for note in (read_notes(text, code) if has_notes else ())
        ]
        lines = [
            replace(line, start=line.start + start, end=line.end + start, until=line.until + start)
            for line in (read_chatbot_lines(text, code) if has_lines else ())
        ]
        prompt = read_prompt(text, code) if has_prompt else None
        if notes or lines or prompt:
            return Disclosure(
                block,
                code,
                notes=tuple(note for note in notes if not note.veto),
                # other vetoes (reports, questions, orders) are the article's own sentences
                denials=tuple(note for note in notes if note.veto.startswith("not")),
                lines=tuple(lines),
                prompt=prompt,
            )
    return None
