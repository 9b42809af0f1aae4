"""What a publisher allows: usage preferences in headers and meta tags.

Read: AIPREF ``Content-Usage``, Cloudflare's ``Content-Signal``, the TDM Reservation Protocol, ``noai``.
A refusal wins over a permission; what cannot be read is unknown, never an error. ``noindex`` and its
like say nothing on training, neither does "All rights reserved".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cleaners.findings import Finding, Where, strong, weak

_PREFERENCE = re.compile(r"([a-z][a-z-]*)\s*=\s*([a-z]+)")
_FIELDS = {"train-ai": "usage.ai_training", "ai-train": "usage.ai_training", "search": "usage.search"}
_ANSWERS = {"y": "allow", "yes": "allow", "n": "deny", "no": "deny"}
_ROBOTS = ("robots", "googlebot")


def find_usage(headers: Mapping[str, str], meta: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Findings on ``usage.*``; ``headers`` and ``meta`` have lower-case names."""
    for name in ("content-usage", "content-signal"):
        if name in headers:
            yield from _preferences(name, headers[name])
    yield from _reservation("header", "tdm-reservation", headers.get("tdm-reservation", ""))
    if policy := headers.get("tdm-policy") or next(iter(meta.get("tdm-policy", ())), None):
        yield weak(
            "usage.tdm_reserved",
            None,
            "header" if "tdm-policy" in headers else "meta",
            f"tdm-policy: {policy}",
        )
    for content in meta.get("tdm-reservation", ()):
        yield from _reservation("meta", "tdm-reservation", content)
    yield from _robots("header", "x-robots-tag", headers.get("x-robots-tag", ""))
    for name in _ROBOTS:
        for content in meta.get(name, ()):
            yield from _robots("meta", name, content)


def _preferences(name: str, value: str) -> Iterator[Finding]:
    """``train-ai=n, search=y``: the last of several wins; a quoted or missing value is no preference."""
    said: dict[str, str] = {}
    for part in value.split(","):
        found = _PREFERENCE.fullmatch(part.split(";")[0].strip())
        if found and found[1] in _FIELDS and found[2] in _ANSWERS:
            said[_FIELDS[found[1]]] = _ANSWERS[found[2]]
    for field, answer in said.items():
        yield strong(field, answer, "header", f"{name}: {value}")


def _reservation(where: Where, name: str, value: str) -> Iterator[Finding]:
    value = value.strip()
    if value in ("0", "1"):
        yield strong("usage.tdm_reserved", value == "1", where, f"{name}: {value}")
    if value == "1":
        yield strong("usage.ai_training", "deny", where, f"{name}: {value}")


def _robots(where: Where, name: str, value: str) -> Iterator[Finding]:
    words = {word.strip().lower() for word in value.replace(":", ",").split(",")}
    if words & {"noai", "noml"}:
        yield strong("usage.ai_training", "deny", where, f"{name}: {value}")
    elif words & {"noimageai", "nocache", "noarchive"}:  # of pictures; of one search engine's answers
        yield weak("usage.ai_training", None, where, f"{name}: {value}")
