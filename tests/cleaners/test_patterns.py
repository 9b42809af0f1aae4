"""Patterns that are compiled at their first use do what compiled ones do, and each of the package can be compiled."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest

import copydesk.cleaners
import copydesk.flows
from copydesk.cleaners.patterns import lazy_pattern

_Lazy = type(lazy_pattern(""))


def test_it_does_what_a_compiled_one_does() -> None:
    lazy, compiled = lazy_pattern("(b)|c", re.IGNORECASE), re.compile("(b)|c", re.IGNORECASE)
    for _ in range(2):  # compiled, and already compiled
        assert lazy.findall("aBc") == compiled.findall("aBc") == ["B", ""]
        assert lazy.sub("-", "aBc") == "a--"
        assert [bool(lazy.match("Bc")), bool(lazy.fullmatch("Bc"))] == [True, False]
    assert (lazy.pattern, lazy.groups) == (compiled.pattern, compiled.groups)
    assert lazy_pattern(rb"\xff").search(b"a\xff")


def test_an_error_is_raised_at_the_first_use() -> None:
    wrong = lazy_pattern("(")
    assert wrong.pattern == "("
    with pytest.raises(re.error):
        wrong.search("")


def _module_names() -> Iterator[str]:
    for package in (copydesk.cleaners, copydesk.flows):
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def _lazy_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, _Lazy):
        yield value  # type: ignore[misc]
    elif isinstance(value, Mapping):
        yield from _lazy_in(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _lazy_in(item)


@pytest.mark.slow
def test_each_of_the_package_can_be_compiled() -> None:
    names = list(_module_names())
    for name in names:
        with suppress(ModuleNotFoundError):  # an extra that is not installed
            importlib.import_module(name)
    modules = [vars(sys.modules[name]).values() for name in names if name in sys.modules]
    found = [lazy for values in modules for value in values for lazy in _lazy_in(value)]
    assert len(found) > 400
    for lazy in found:
        assert lazy.groups >= 0, lazy  # which compiles it
