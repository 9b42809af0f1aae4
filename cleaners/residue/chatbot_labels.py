"""Labels of chatbots' interfaces that came along when an answer was copied: buttons, notices, whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from copydesk.cleaners.lexicon.phrase_index import end_of_words
from copydesk.cleaners.residue.talk_words import talk_finder
from copydesk.cleaners.wording.cues import Cue

CRUMB, PART, PAIR = "cue.chat-crumb", "cue.chat-crumb-part", "cue.chat-crumb-pair"
CODE_LANGUAGE = "code language"
TURN = "cue.chat-turn"
# as they stand above a block of code in a chat, beside its button: "python", "Copy code"
_CODE_LANGUAGES = [
    "bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "graphql", "html", "ini", "java",
    "javascript", "json", "jsx", "kotlin", "latex", "less", "lua", "makefile", "markdown", "mermaid",
    "php", "plaintext", "powershell", "python", "r", "ruby", "rust", "scss", "sh", "shell", "sql",
    "swift", "toml", "tsx", "typescript", "vbnet", "vue", "xml", "yaml",
]  # fmt: skip
# characters, set by hand: a longer block is no row of buttons, and each place in it would be tried
_MAX_CHARS = 300
# characters before the colon, set by hand: a longer head is a sentence
_MAX_TURN_CHARS = 40
# also the wide one of Chinese and Japanese
_COLON = re.compile(r"[:：]")


def interface_labels(text: str, code: str) -> tuple[Cue, ...]:
    """The labels a block consists of, in order; none if there is anything else in it.

    Copied labels stand below each other, side by side, or without anything between them.
    """
    if len(text) > _MAX_CHARS:
        return ()
    folded = talk_finder(code).fold(text)
    labels, at = [], 0
    while at < len(folded):
        label = _label(code, folded, at)
        if label is None:
            # anything else beside labels makes it a text: articles on chatbots name their buttons
            return ()
        labels.append(label)
        at = label.end + folded.startswith(" ", label.end)
    return tuple(labels)


def _label(code: str, folded: str, at: int) -> Cue | None:
    """The longest label that stands at a place of a text."""
    for words, cue_id, phrase in _by_first_letter(code).get(folded[at], ()):
        end = end_of_words(words, folded, at)
        if end:
            return Cue(cue_id, phrase, at, end)
    return None


@cache
def _by_first_letter(code: str) -> Mapping[str, Sequence[tuple[list[str], str, str]]]:
    """The words of each label, its cue, and itself, the longest first; one with spaces stands for one without."""
    found = {name: (CODE_LANGUAGE, name) for name in _CODE_LANGUAGES}
    for cue_id in (PART, PAIR, CRUMB):
        phrases = sorted(talk_finder(code).phrases(cue_id), key=len)
        found |= {phrase.replace(" ", ""): (cue_id, phrase) for phrase in phrases}
    # else "copy" would be found in "copy code", and "code" be left as something else
    ordered = sorted(found.values(), key=lambda pair: len(pair[1]), reverse=True)
    filed: dict[str, list[tuple[list[str], str, str]]] = {}
    for cue_id, phrase in ordered:
        filed.setdefault(phrase[0], []).append((phrase.split(" "), cue_id, phrase))
    return filed


def turn_of(line: str, code: str) -> tuple[Cue, str] | None:
    """Whose turn a line announces, and what follows the colon in it; None for other lines."""
    head = _COLON.split(line, maxsplit=1)[0]
    if len(head) > _MAX_TURN_CHARS:
        return None
    folded = talk_finder(code).fold(head)
    # the whole head: "what you said:" is no turn
    if folded not in talk_finder(code).phrases(TURN):
        return None
    return Cue(TURN, folded, 0, len(folded)), line[len(head) + 1 :].strip()
