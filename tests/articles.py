"""A short article in each language with a lexicon, composed by us: what tests and benchmarks set other things into."""

from __future__ import annotations

from pathlib import Path

import tomli

_DATA = tomli.loads(Path(__file__).with_name("articles.toml").read_text("utf-8"))
ARTICLES: dict[str, tuple[str, ...]] = {code: tuple(article["paragraphs"]) for code, article in _DATA.items()}
TITLES: dict[str, str] = {code: article["title"] for code, article in _DATA.items()}
