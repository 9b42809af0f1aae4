"""What is compiled, where a compiler was found when copydesk was installed. Each module has a plain twin, which takes
longer for the same. ``COPYDESK_CORE=plain`` leaves them out.
"""

import os
from importlib import import_module
from typing import Any


def compiled(name: str) -> Any | None:
    """The compiled module of this name, None where there is none."""
    if os.environ.get("COPYDESK_CORE") == "plain":
        return None
    try:
        return import_module(f"copydesk._core.{name}")
    except ModuleNotFoundError:
        return None
