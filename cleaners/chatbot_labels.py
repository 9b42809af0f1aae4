"""Labels of chatbots' interfaces that came along when an answer was copied: buttons, notices, whose turn it is."""

from __future__ import annotations

import re
from functools import cache

from copydesk.cleaners.cues import Cue
from copydesk.cleaners.talk import talk_finder

CRUMB, PART, PAIR = "cue.chat-crumb", "cue.chat-crumb-part", "cue.chat-crumb-pair"
CODE_LANGUAGE = "code language"
TURN = "cue.chat-turn"
_CODE_LANGUAGES = [
    "bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "graphql", "html", "ini", "java",
    "javascript", "json", "jsx", "kotlin", "latex", "less", "lua", "makefile", "markdown", "mermaid",
    "php", "plaintext", "powershell", "python", "r", "ruby", "rust", "scss", "sh", "shell", "sql",
    "swift", "toml", "tsx", "typescript", "vbnet", "vue", "xml", "yaml",
]  # fmt: skip
_MAX_CHARS = 300
_MAX_TURN_CHARS = 40
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
        match = _label_pattern(code).match(folded, at)
        if match is None:
            return ()
        written = match.group("label")
        cue_id, phrase = _labels(code)[written.replace(" ", "")]
        labels.append(Cue(cue_id, phrase, at, at + len(written)))
        at = match.end()
    return tuple(labels)


@cache
def _labels(code: str) -> dict[str, tuple[str, str]]:
    """Label without its spaces to its cue and itself."""
    found = {name: (CODE_LANGUAGE, name) for name in _CODE_LANGUAGES}
    for cue_id in (PART, PAIR, CRUMB):
        phrases = sorted(talk_finder(code).phrases(cue_id), key=len)  # one with spaces stands for one without
        found |= {phrase.replace(" ", ""): (cue_id, phrase) for phrase in phrases}
    return found


@cache
def _label_pattern(code: str) -> re.Pattern[str]:
    longest_first = sorted((phrase for _, phrase in _labels(code).values()), key=len, reverse=True)
    written = (re.escape(phrase).replace(r"\ ", " ?") for phrase in longest_first)
    return re.compile(rf"(?P<label>{'|'.join(written)}) ?")


def turn_of(line: str, code: str) -> tuple[Cue, str] | None:
    """Whose turn a line announces, and what follows the colon in it; None for other lines."""
    head = _COLON.split(line, maxsplit=1)[0]
    if len(head) > _MAX_TURN_CHARS:
        return None
    folded = talk_finder(code).fold(head)
    if folded not in talk_finder(code).phrases(TURN):
        return None
    return Cue(TURN, folded, 0, len(folded)), line[len(head) + 1 :].strip()
