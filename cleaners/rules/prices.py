"""What a price looks like in any language: "9,90 €", "$4.95", "980円"."""

from __future__ import annotations

from copydesk.cleaners.patterns import lazy_pattern

PRICE = lazy_pattern(r"[$€£¥₹₽₺₩]\s?\d|\d\s?(?:€|zł|kr\b|руб|₽|TL\b|円|元|원)")
"""A sum with a sign of its currency."""
