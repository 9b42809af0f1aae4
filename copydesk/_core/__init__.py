"""What is compiled: the walk over a page's tree, the measures of its blocks, and what is done with whole texts."""

from importlib.util import find_spec

MODULES = ("blocks", "cohesion", "layout", "markup", "names", "texts", "walk", "words")

if missing := [name for name in MODULES if find_spec(f"{__name__}.{name}") is None]:
    raise ImportError(
        f"copydesk was not compiled for this Python ({', '.join(missing)} missing): run pip install --force-reinstall "
        "copydesk, in a checkout pip install --editable ."
    )
