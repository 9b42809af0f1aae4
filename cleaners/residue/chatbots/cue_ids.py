"""Ids of the cues of chatbots' talk, each with its phrases in ``talk/xx.toml`` (docs/chatbot_lines.md)."""

from __future__ import annotations

MODEL, AN_AI, FIRST_PERSON = "cue.chat-as-a-model", "cue.chat-as-an-ai", "cue.chat-first-person"
KNOWLEDGE, CANNOT, REFUSAL = "cue.chat-knowledge", "cue.chat-cannot", "cue.chat-refusal"
# "I can't open links", "I'm sorry, but I can't help with": people write so in comments
CANNOT_MAYBE = "cue.chat-cannot-maybe"
KNOWLEDGE_MAYBE, REFUSAL_MAYBE = "cue.chat-knowledge-maybe", "cue.chat-refusal-maybe"
LACK, YOU = "cue.chat-lack", "cue.chat-you"
NOTICE = "cue.chat-notice"
OPENER, CASUAL, HANDING = "cue.chat-opener", "cue.chat-opener-casual", "cue.chat-handing"
TEXT, THING, OTHER_THING = "cue.chat-text", "cue.chat-thing", "cue.chat-other-thing"
PERSONAL = "cue.chat-personal-text"
REWORKED, REQUEST = "cue.chat-reworked", "cue.chat-request"
WANT, WANT_ME, WANT_THING = "cue.chat-want", "cue.chat-want-me", "cue.chat-want-thing"
CAN, MAKE, I_MAKE = "cue.chat-can", "cue.chat-make", "cue.chat-i-make"
NEXT, FREE, SUIT = "cue.chat-next", "cue.chat-free", "cue.chat-suit"
HOPE, MORE = "cue.chat-hope", "cue.chat-more"
OWN_WORK, OF_TEXT = "cue.chat-own-work", "cue.chat-of-text"
SHALL_I = "cue.chat-shall-i"
REPORTING = "cue.chat-said"
CRUMB, CRUMB_PART, PAIR = "cue.chat-crumb", "cue.chat-crumb-part", "cue.chat-crumb-pair"
TURN = "cue.chat-turn"

ALONE = frozenset(
    {
        TURN, CRUMB, PAIR, NOTICE, MODEL, AN_AI, KNOWLEDGE, CANNOT, REFUSAL, CANNOT_MAYBE, KNOWLEDGE_MAYBE,
        REFUSAL_MAYBE, WANT_ME, WANT_THING, NEXT, FREE, HOPE, OWN_WORK, SHALL_I,
    }
)  # fmt: skip
"""Cues without one of which a line has two of the others."""
LOOKED_FOR = ALONE | {OPENER, HANDING, REWORKED, I_MAKE, WANT, CAN, MAKE, OF_TEXT}
"""Cues without which there is no chatbot's line."""
