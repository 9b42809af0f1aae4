"""What is compiled, where a compiler was found when copydesk was installed. The modules that ask for it do the same
without, in more time. ``COPYDESK_CORE=plain`` leaves it out.
"""

import os
import warnings
from functools import cache
from importlib import import_module
from typing import Any

VARIABLE, PLAIN = "COPYDESK_CORE", "plain"
MODULES = ("cohesion", "layout", "markup", "names", "texts", "walk")


@cache
def compiled(name: str) -> Any | None:
    """The compiled module of this name, None where there is none; with a warning where there is one that cannot be
    loaded, as on another system or with another lxml than it was compiled for.
    """
    if os.environ.get(VARIABLE) == PLAIN:
        return None
    module = f"{__name__}.{name}"
    try:
        return import_module(module)
    except (ImportError, TypeError, ValueError) as error:
        if getattr(error, "name", None) != module or not isinstance(error, ModuleNotFoundError):
            problem = f"{module} cannot be loaded ({error}); plain Python does the same in more time"
            warnings.warn(problem, RuntimeWarning, stacklevel=2)
        return None


def described() -> str:
    """What there is of the core, in a few words."""
    missing = [name for name in MODULES if compiled(name) is None]
    if not missing:
        return "compiled core"
    return "plain Python" if len(missing) == len(MODULES) else f"compiled core without {', '.join(missing)}"
