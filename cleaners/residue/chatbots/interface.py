"""What a chat's page puts around the answers in it: labels, notices, whose turn it is; and marks before a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from msgspec.structs import replace

from copydesk.cleaners.lexicon.phrase_index import end_of_words
from copydesk.cleaners.lexicon.vendors import find_vendors
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.line import COLON, COLON_AT_END, ChatbotLine
from copydesk.cleaners.residue.inline_marks import as_spaces, without_inline_marks
from copydesk.cleaners.residue.talk_words import talk_finder, talk_sentences
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence

# sentences and words, set by hand: an article may quote a chatbot's notice
_MAX_NOTICE, _MAX_NOTICE_WORDS = 3, 30
CODE_LANGUAGE = "code language"
# as they stand above a block of code in a chat, beside its button: "python", "Copy code"
_CODE_LANGUAGES = [
    "bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "graphql", "html", "ini", "java",
    "javascript", "json", "jsx", "kotlin", "latex", "less", "lua", "makefile", "markdown", "mermaid",
    "php", "plaintext", "powershell", "python", "r", "ruby", "rust", "scss", "sh", "shell", "sql",
    "swift", "toml", "tsx", "typescript", "vbnet", "vue", "xml", "yaml",
]  # fmt: skip
# characters, set by hand: a longer block is no row of buttons, and each place in it would be tried
_MAX_ROW_CHARS = 300
# characters before the colon, set by hand: a longer head is a sentence
_MAX_TURN_CHARS = 40
_QUOTED_LINE = lazy_pattern(r"^\s*(?:>|[–—―]\s)")  # marked as a quotation, or a line of dialogue
# marks of Markdown, bullets and pictographs before the first word
_MARKS_BEFORE = lazy_pattern(r"^[^\w\"“”„«»「『'‘‚《(\[{【]+")
_TURN_HEADING = lazy_pattern(r"^\s*#{4,6} ")  # as copied from the chat's page


def without_marks(text: str) -> str:
    """The lines of a block without marks of Markdown before them; lines it quotes are left out."""
    lines = (line for line in text.split("\n") if not _QUOTED_LINE.match(line))
    return "\n".join(filter(None, (_MARKS_BEFORE.sub("", line) for line in lines)))


def with_marks_blanked(text: str) -> str:
    """The same with spaces for what is left out, so that every sentence keeps its place."""
    return "\n".join(
        " " * len(line) if _QUOTED_LINE.match(line) else _MARKS_BEFORE.sub(as_spaces, line)
        for line in without_inline_marks(text).split("\n")
    )


def crumb(text: str, code: str) -> ChatbotLine | None:
    """Labels of a chatbot's interface and nothing else, or one of its notices."""
    read = without_marks(text)
    labels = interface_labels(read, code)
    ids = {label.id for label in labels}
    # "Copy code" tells by itself; "Copy", "Edit" only beside a code language, "Retry" not at all
    if cue_ids.CRUMB in ids or {cue_ids.PAIR, CODE_LANGUAGE} <= ids:
        return ChatbotLine("crumb", text, labels, is_sure=False)
    parts = talk_sentences(read, code)
    notices = tuple(cue for part in parts for cue in part.cues if cue.id == cue_ids.NOTICE)
    is_short = len(parts) <= _MAX_NOTICE and sum(part.size for part in parts) <= _MAX_NOTICE_WORDS
    return ChatbotLine("crumb", text, notices, is_sure=False) if notices and is_short else None


def turns(text: str, code: str) -> tuple[list[ChatbotLine], str]:
    """The lines that say whose turn it is, each with the text below it where that is a prompt; and the block with
    spaces for them.

    "You said:" also heads what a council's readers wrote, and "ChatGPT said:" what a test of chatbots found; both
    together, or the heading that the chat's page makes of it, are beyond doubt.
    """
    found: list[ChatbotLine] = []
    left: list[str] = []
    at = 0
    for line in text.split("\n"):
        turn = turn_of(_MARKS_BEFORE.sub("", line), code)
        is_prompt = turn is None and bool(found) and found[-1].is_users
        if turn is not None:
            cue, words = turn
            is_users = not _names_model(cue)
            # what the user says on the line is prompt; what the model says there is its answer, and is read
            head = len(line) - (0 if is_users else len(words))
            sure = _TURN_HEADING.match(line) is not None
            label = at + len(line) - len(words)
            found.append(
                ChatbotLine("turn", line, (cue,), sure, at, label, at + head, is_users, is_clear=not is_users)
            )
            line = " " * head + line[head:]  # noqa: PLW2901
        elif is_prompt:
            found[-1] = replace(found[-1], until=at + len(line))
            line = " " * len(line)  # noqa: PLW2901
        left.append(line)
        at += len(left[-1]) + 1
    return sure_together(found), "\n".join(left)


def sure_together(lines: Sequence[ChatbotLine]) -> list[ChatbotLine]:
    """The lines, with the turns in them beyond doubt where the one who asks has a turn and the model has one."""
    turns_ = [line for line in lines if line.kind == "turn"]
    is_chat = len({line.is_users for line in turns_}) > 1
    # "ChatGPT said:", "Gemini said:": an article that sets them side by side
    is_test = len({line.cues[0].phrase for line in turns_ if not line.is_users}) > 1
    return [
        replace(line, is_sure=False, is_clear=False, is_faint=True)
        if is_test and line.kind == "turn"
        else replace(line, is_sure=line.is_sure or (is_chat and line.kind == "turn"))
        for line in lines
    ]


def _names_model(turn: Cue) -> bool:
    # a phrase is folded, and names that words have as well, such as Gemini, count with a capital alone
    named = (turn.phrase, *map(str.capitalize, turn.phrase.split()))
    return "gpt" in turn.phrase or "copilot" in turn.phrase or any(map(find_vendors, named))


def with_talk(turn: ChatbotLine, parts: Sequence[Sentence], places: Sequence[tuple[int, int]]) -> ChatbotLine:
    """The model's turn with what it says of itself before its answer begins: "I just wrote it. Here is what
    you need to do:".
    """
    until = turn.until
    for part, (start, end) in zip(parts, places, strict=True):
        # below the user's turn is a prompt, which has been taken whole
        if turn.is_users or start < until:
            continue
        is_announcing = part.has(cue_ids.HANDING) and COLON_AT_END.search(part.raw) is not None
        if not (part.has(cue_ids.FIRST_PERSON) or is_announcing):
            break
        until = end
    return replace(turn, until=until)


def interface_labels(text: str, code: str) -> tuple[Cue, ...]:
    """The labels a block consists of, in order; none if there is anything else in it.

    Copied labels stand below each other, side by side, or without anything between them.
    """
    if len(text) > _MAX_ROW_CHARS:
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
    """The longest label that is at a place of a text."""
    for words, cue_id, phrase in _by_first_letter(code).get(folded[at], ()):
        end = end_of_words(words, folded, at)
        if end:
            return Cue(cue_id, phrase, at, end)
    return None


@cache
def _by_first_letter(code: str) -> Mapping[str, Sequence[tuple[list[str], str, str]]]:
    """The words of each label, its cue, and itself, the longest first; one with spaces matches one without."""
    found = {name: (CODE_LANGUAGE, name) for name in _CODE_LANGUAGES}
    for cue_id in (cue_ids.CRUMB_PART, cue_ids.PAIR, cue_ids.CRUMB):
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
    head = COLON.split(line, maxsplit=1)[0]
    if len(head) > _MAX_TURN_CHARS:
        return None
    folded = talk_finder(code).fold(head)
    # the whole head: "what you said:" is no turn
    if folded not in talk_finder(code).phrases(cue_ids.TURN):
        return None
    return Cue(cue_ids.TURN, folded, 0, len(folded)), line[len(head) + 1 :].strip()
