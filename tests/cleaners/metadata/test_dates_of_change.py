"""The date of a change is found in flattened text as in the page with tags."""

from __future__ import annotations

import pytest
from articles import ARTICLES, TITLES

from copydesk import Record, clean

LINES = {
    "ar": "نشر في: 2026-03-14 | آخر تحديث: 2026-03-15",
    "de": "Veröffentlicht: 14.03.2026 | Aktualisiert: 15.03.2026",
    "en": "Published: 2026-03-14 | Updated: 2026-03-15", "es": "Publicado: 14/03/2026 | Actualizado: 15/03/2026",
    "fr": "Publié le 14 mars 2026 | Mis à jour le 15 mars 2026",
    "hi": "प्रकाशित: 2026-03-14 | अपडेट: 2026-03-15",
    "it": "Pubblicato il 14 marzo 2026 | Ultimo aggiornamento: 15 marzo 2026",
    "ja": "公開日：2026年3月14日 更新日：2026年3月15日", "ko": "입력 2026.03.14 | 수정 2026.03.15",
    "nl": "Gepubliceerd: 14-03-2026 | Laatst bijgewerkt: 15-03-2026",
    "pl": "Opublikowano: 14.03.2026 | Aktualizacja: 15.03.2026",
    "pt": "Publicado em 14/03/2026 | Atualizado em 15/03/2026",
    "ru": "Опубликовано: 14.03.2026 | Обновлено: 15.03.2026",
    "sv": "Publicerad: 14 mars 2026 | Uppdaterad: 15 mars 2026",
    "tr": "Yayınlanma: 14.03.2026 | Güncelleme: 15.03.2026", "zh": "发布时间：2026-03-14 更新时间：2026-03-15",
}  # fmt: skip


def dates(record: Record) -> tuple[str | None, str | None]:
    return record.date_published, record.date_modified


def test_every_language_has_a_line() -> None:
    assert sorted(LINES) == sorted(ARTICLES)


@pytest.mark.parametrize("language", LINES)
def test_flattened_text_gives_the_same_as_the_page(language: str) -> None:
    title, line, paragraphs = TITLES[language], LINES[language], ARTICLES[language]
    flattened = clean("\n\n".join((title, line, *paragraphs)))
    body = "".join(f"<p>{text}</p>" for text in (line, *paragraphs))
    tagged = clean(f"<html lang={language}><title>{title}</title><article><h1>{title}</h1>{body}</article>")
    assert dates(flattened) == dates(tagged) == ("2026-03-14", "2026-03-15")


def test_a_date_of_change_alone_is_none_of_publication() -> None:
    record = clean("\n\n".join((TITLES["en"], "Updated: 2026-03-15", *ARTICLES["en"])))
    assert dates(record) == (None, "2026-03-15")
