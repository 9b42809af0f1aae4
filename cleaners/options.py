"""How pages are cleaned: every option with its default, checked as it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Literal, get_args

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import KEPT, OPTIONAL, Label, Platform, UserRule

Wanted = Literal["articles", "all"]
Favor = Literal["precision", "recall"]


class Options(Struct, frozen=True):
    """All limits and thresholds of cleaning, each with the figure behind it, and a user's own rules.

    Raises ValueError, which begins with the name of the option, where a value is none of those that there are, and
    TypeError where it is of another type.
    """

    max_bytes: int = 20_000_000
    """Body size in bytes above which a page is rejected; the largest of 1,071 real pages has 3.3 MB."""
    max_elements: int = 200_000
    """Elements above which a page is rejected; the most of 1,071 real pages is 10,224."""
    max_blocks: int = 30_000
    """Blocks of text above which a page is rejected: so many fit into a worker; 1,487 real pages have 1,525 at most."""
    max_depth: int = 10_000
    """Nesting above which a page is rejected (of 1,071 real pages the deepest has 56 levels). Elements more than
    ``nesting.MAX_LEVELS`` deep are read one after the other.
    """
    user_rules: tuple[UserRule, ...] = ()
    """Rules of the user's own; the first that finds a block names it, and no other rule is applied to it."""
    platforms: tuple[Platform, ...] = ()
    """The user's own, beside those that are known."""
    mask: tuple[str, ...] = ()
    """What is replaced by marks in all texts of the record: ``email``, ``phone``."""
    keep: tuple[str, ...] = ()
    """Labels of ``OPTIONAL`` whose blocks are in the text, whatever is usual."""
    drop: tuple[str, ...] = ()
    """Labels of ``OPTIONAL`` whose blocks are not in the text, whatever is usual."""
    pages: Wanted = "articles"
    """Of which pages the main content is wanted: of articles, or of ``all``."""
    blocks: bool = False
    """Whether records have the blocks of their text, with labels and offsets."""
    comments: bool = False
    """Whether records have the comments of readers, which are in ``removed``, in a field of their own as well."""
    favor: Favor | None = None
    """What is preferred where they differ: that all text is the article's (``precision``), or that all of the article
    is in the text (``recall``).
    """

    def __post_init__(self) -> None:
        """Checks the values, and puts words into one order, so that equal options are equal."""
        for name, (kind, what) in _TYPES.items():
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name}: expected {what}, not {getattr(self, name)!r}")
        for name, choices in (("pages", get_args(Wanted)), ("favor", (*get_args(Favor), None))):
            if getattr(self, name) not in choices:
                known = ", ".join(filter(None, choices))
                raise ValueError(f"{name}: unknown {getattr(self, name)!r}; known are {known}")
        for name, words in _WORDS.items():
            if unknown := [word for word in getattr(self, name) if word not in words]:
                raise ValueError(f"{name}: {_problem_of(name, unknown[0])}")
            # texts: `Label.FAQ` equals "faq", and is written in another way
            force_setattr(self, name, tuple(str(word) for word in words if word in getattr(self, name)))
        if "phone" in self.mask and find_spec("phonenumbers") is None:
            raise ValueError("mask: phone needs phonenumberslite, which the extra masks of copydesk installs")
        if both := [label for label in self.keep if label in self.drop]:
            raise ValueError(f"keep and drop: {both[0]} is in both")
        # lists cannot be hashed
        for name in ("user_rules", "platforms"):
            force_setattr(self, name, tuple(getattr(self, name)))

    def with_own(self, own: Mapping[str, Any]) -> Options:
        """These options with a page's own, which hold: a label that they keep is not dropped, nor the other way."""
        others = {"keep": "drop", "drop": "keep"}
        given = {
            other: tuple(label for label in getattr(self, other) if label not in own[name])
            for name, other in others.items()
            if name in own and other not in own
        }
        return replace(self, **given, **own)


_TYPES: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys(("max_bytes", "max_elements", "max_blocks", "max_depth"), (int, "a whole number")),
    **dict.fromkeys(("blocks", "comments"), (bool, "True or False")),
    **dict.fromkeys(("mask", "keep", "drop"), ((list, tuple), "a list of words")),
}
_WORDS: Mapping[str, Sequence[str]] = {"mask": ("email", "phone"), "keep": OPTIONAL, "drop": OPTIONAL}


def _problem_of(name: str, word: str) -> str:
    if name == "mask":
        return f"unknown kind {word!r}; {suggestion(str(word), _WORDS[name])}"
    problem = f"unknown label {word!r}"
    if word in list(Label):
        problem = f"{word} is always {'in' if word in KEPT else 'outside'} the text"
    # so few are listed whatever is like them: “foo” is near to “infobox” by its letters alone
    return f"{problem}; labels with a choice are {', '.join(OPTIONAL)}"


def labels_in_text(options: Options) -> frozenset[Label]:
    """The labels whose blocks are in the text."""
    return (KEPT | set(map(Label, options.keep))) - set(map(Label, options.drop))
