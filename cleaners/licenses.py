"""Creative Commons licences said in words: in footers, under texts, in source notes."""

from __future__ import annotations

import re

FAMILY = "CC"
"""What stands for a licence of which only the family is named."""
_ADDRESS = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]{2,11})/(\d\.\d)")
# in capitals: "please cc by noon" is no licence
_CODE = re.compile(r"\bCC(?:[ -](BY(?:[ -](?:NC|ND|SA))*)|[ -]?(0))(?:[ -](\d\.\d))?(?!\w)")
_NAMED = re.compile(r"creative[ -]commons|\bCC[ -]?(?:licen[cs]|lizen)", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"creative commons[\s:–-]{1,3}(attribution(?:[ -](?:noncommercial|noderiv\w*|sharealike))*)"
    r"(?: (\d\.\d))?(?: international)?",
    re.IGNORECASE,
)
_WORDS = {"attribution": "by", "noncommercial": "nc", "sharealike": "sa"}


def find_license(text: str) -> str | None:
    """The address of the Creative Commons licence a text names; FAMILY where it does not say which; else None.

    Without a version the latest is not assumed: then only the family is known.
    """
    address = _ADDRESS.search(text)
    if address:
        return f"https://creativecommons.org/{address[1]}/{address[2]}/{address[3]}/"
    code = _CODE.search(text)
    if code:
        return _address((code[1] or code[2]).lower().replace(" ", "-"), code[3])
    named = _ATTRIBUTION.search(text)
    if named:
        return _address("-".join(_short(word) for word in re.split(r"[ -]", named[1].lower())), named[2])
    return FAMILY if _NAMED.search(text) else None


def _address(terms: str, version: str | None) -> str:
    if terms == "0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return f"https://creativecommons.org/licenses/{terms}/{version}/" if version else FAMILY


def _short(word: str) -> str:
    return _WORDS.get(word, "nd" if word.startswith("noderiv") else word)
