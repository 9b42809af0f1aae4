"""A text as pieces of words, numbered by a vocabulary that serves all scripts.

The vocabulary is that of Google's multilingual universal sentence encoder (v3), without the pieces that are hardly ever
met: see NOTICE and ``training/README.md``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from copydesk.cleaners.errors import BadData

_FILE = Path(__file__).with_name("pieces.model")


def pieces_of(text: str) -> list[int]:
    """The numbers of a text's pieces, in order."""
    numbers: list[int] = vocabulary().encode(text)
    return numbers


@cache
def vocabulary() -> SentencePieceProcessor:
    """The vocabulary, from its file. Raises BadData where that cannot be read."""
    loaded = SentencePieceProcessor()
    try:
        loaded.load_from_serialized_proto(_FILE.read_bytes())
    except (OSError, RuntimeError) as error:
        raise BadData(
            f"{_FILE.name}: the vocabulary of pieces cannot be read ({error}); install copydesk again"
        ) from None
    return loaded
