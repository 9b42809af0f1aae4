"""Modules, functions and parameters few enough to be read at once; rooms: see ``test_rooms.py``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("cleaners", "flows")
MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 50
MOST_PARAMETERS = 6
"""Parameters of a function; the object of a method is not counted."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_large(source: str) -> Iterator[str]:
    """What is too large in a module, with its measure."""
    lines = source.count("\n")
    if lines > MOST_LINES_OF_A_MODULE:
        yield f"{lines} lines"
    tree = ast.parse(source)
    bodies = [outer.body for outer in ast.walk(tree) if isinstance(outer, ast.ClassDef)]
    inner = [node for body in bodies for node in body if isinstance(node, Function)]
    methods = {function for function in inner if not _is_static(function)}
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _too_large(node, is_method=node in methods)


def _is_static(function: Function) -> bool:
    return "staticmethod" in map(ast.unparse, function.decorator_list)


def _too_large(function: Function, *, is_method: bool) -> Iterator[str]:
    lines = (function.end_lineno or 0) - function.lineno + 1
    if lines > MOST_LINES_OF_A_FUNCTION:
        yield f"{function.name}: {lines} lines"
    arguments = function.args
    parameters = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs) - is_method
    parameters += (arguments.vararg is not None) + (arguments.kwarg is not None)
    if parameters > MOST_PARAMETERS:
        yield f"{function.name}: {parameters} parameters"


@pytest.mark.slow
def test_no_module_or_function_is_too_large() -> None:
    modules = (path for top in TOPS for path in sorted((ROOT / top).rglob("*.py")))
    found = {str(path.relative_to(ROOT)): list(too_large(path.read_text("utf-8"))) for path in modules}
    large = {module: faults for module, faults in found.items() if faults}
    assert large == {}, "part it by subject: a name of its own for each"


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("x = 1\n" * 400, []), ("x = 1\n" * 401, ["401 lines"]), ("def f():\n" + "    x = 1\n" * 49, []),
        ("async def f():\n" + "    x = 1\n" * 50, ["f: 51 lines"]),
        ("class A:\n    def f(self, a, b, c, /, d, *, e, g): ...\n", []),
        ("class A:\n    @staticmethod\n    def f(a, b, c, /, d, *, e, g, h): ...\n", ["f: 7 parameters"]),
        ("def f(a, b, *args, c, d, e, **rest):\n    def g(a, b, c, d, e, f, g): ...\n", ["f: 7 parameters", "g: 7 parameters"]),
    ],
)  # fmt: skip
def test_what_is_too_large_is_reported(source: str, faults: list[str]) -> None:
    assert list(too_large(source)) == faults
