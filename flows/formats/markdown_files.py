"""Records as Markdown files with YAML front matter, in the tree of their sources and addresses."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record
from copydesk.flows.formats.file_tree import tree_format
from copydesk.flows.formats.markdown_tree import markdown_of

_NOT_IN_FRONT = frozenset(
    {"text", "markdown", "links", "removed", "blocks", "comments", "field_origins", "processing"}
)

_LINE_ENDS = lazy_pattern("[\x85\u2028\u2029]")
_LINE_CHARS = 1_000  # titles stay on their line


def front_matter(record: Record) -> dict[str, Any]:
    """The front matter of an article: its fields, those without a value left out."""
    fields = msgspec.to_builtins(record)
    del fields["provenance"]["evidence"]
    known: dict[str, Any] = _known(
        {name: value for name, value in fields.items() if name not in _NOT_IN_FRONT}
    )
    return known


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        known = {name: _known(one) for name, one in value.items()}
        return {name: one for name, one in known.items() if one not in (None, "", [], {})}
    return [_known(one) for one in value] if isinstance(value, list | tuple) else value


def markdown_file(record: Record, *, title: bool = True) -> bytes:
    """A file's content: front matter between lines of three hyphens, a blank line, the article."""
    import yaml

    front = yaml.dump(
        front_matter(record), Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=_LINE_CHARS
    )
    article = markdown_of(record, title=title)
    return f"---\n{front}---\n\n{article}\n".encode()


@lru_cache(maxsize=1)
def _dumper() -> Any:
    """PyYAML's own way, but for line ends beyond ASCII: unless quoted twice they come back as spaces."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # it has no types
        pass

    def text(dumper: Any, value: str) -> Any:
        style = '"' if _LINE_ENDS.search(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


MARKDOWN = tree_format(
    "a folder of Markdown files with YAML front matter", ".md", markdown_file, settings=("title",)
)
