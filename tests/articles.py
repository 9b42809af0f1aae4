"""A short article in each language with a lexicon, composed by us: what tests and benchmarks set other things into."""

from __future__ import annotations

from pathlib import Path

import tomli

ARTICLES: dict[str, tuple[str, ...]] = {
    code: tuple(article["paragraphs"])
    for code, article in tomli.loads(Path(__file__).with_name("articles.toml").read_text("utf-8")).items()
}
