"""Values as they stand in our JSON: the same value gives the same bytes, and no byte of them ends a line."""

from __future__ import annotations

import msgspec

# sorts dictionaries: in the order they were filled, equal records could differ in their bytes
_ENCODER = msgspec.json.Encoder(order="deterministic")
# U+2028, U+2029 and U+0085 are line ends to some readers of JSON Lines; as UTF-8 they stand in strings only
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def encode_value(value: object) -> bytes:
    """A value as JSON, UTF-8, in one line without its end."""
    written = _ENCODER.encode(value)
    for raw, escaped in _LINE_ENDS:
        written = written.replace(raw, escaped)
    return written
