"""Patterns that are compiled at their first use do what compiled ones do, and each of the package can be compiled."""

from __future__ import annotations

import copy
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

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


def test_it_can_be_copied() -> None:
    lazy = lazy_pattern("A", re.IGNORECASE)
    for one in (copy.copy(lazy), copy.deepcopy(lazy)):
        assert one.findall("aA") == ["a", "A"]


@pytest.mark.slow
def test_each_of_the_package_can_be_compiled() -> None:
    names = list(_module_names())
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:  # an extra that is not installed
            if str(error.name).startswith("copydesk"):
                raise
    modules = [vars(sys.modules[name]).values() for name in names if name in sys.modules]
    found = {id(lazy): lazy for values in modules for value in values for lazy in _lazy_in(value)}
    assert len(found) > 400
    for lazy in found.values():
        assert lazy.groups >= 0, lazy  # which compiles it


def test_no_module_compiles_its_own_when_it_is_imported() -> None:
    """In a process of its own: here all have been used."""
    program = (
        "import re, sys\n"
        "compiled, compile_ = [], re.compile\n"
        "re.compile = lambda *args, **named: compiled.append(sys._getframe(1)) or compile_(*args, **named)\n"
        "import copydesk.flows.commands.clean\n"
        "print(*(name for one in compiled if (name := one.f_globals['__name__']).startswith('copydesk')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names = set(done.stdout.split()) - {"copydesk.cleaners.patterns"}  # a few are used at once
    assert names == {"copydesk.cleaners.lexicon.words"}  # used there to make a table of bytes
