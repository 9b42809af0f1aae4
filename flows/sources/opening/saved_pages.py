"""Pages that a browser saved: the URL that it noted in them, and the folder of their pictures, scripts and frames."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import PurePath

# “<!-- saved from url=(0033)https://example.org/news/1 -->”, “<!-- Page saved with SingleFile\n url: https://… ”
_SAVED_FROM = re.compile(
    rb"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url: )(https?://[!-~]+?)(?:\s|-->)"
)
_LOOKED_AT_BYTES = 4_000
_PAGES = (".html", ".htm", ".xhtml")
# in English and as browsers translate it: German, French, Spanish, Scandinavian, Dutch, Portuguese, Italian, Finnish,
# Polish, Czech; “.files” is Word's
_FOLDER = re.compile(
    r"(.+)(?:_files|\.files|[_-]Dateien|_fichiers|_archivos|[_-]filer|_bestanden|_ficheiros|_arquivos|_file"
    r"|[_-]tiedostot|_pliki|_soubory)",
    re.IGNORECASE,
)


def saved_from(body: bytes) -> str | None:
    """The URL that a browser or SingleFile noted at the top of the page it saved."""
    found = _SAVED_FROM.search(body, 0, _LOOKED_AT_BYTES)
    return found[1].decode("ascii") if found else None


def is_folder_of_a_page(folder: str, names: Container[str]) -> bool:
    """Whether a folder belongs to a page that is saved beside it: ``news_files`` where there is ``news.html``."""
    found = _FOLDER.fullmatch(folder)
    return found is not None and any(found[1] + end in names for end in _PAGES)


def is_of_a_page(name: str, names: Container[str]) -> bool:
    """The same of a file by its path, in an archive of these names."""
    return any(is_folder_of_a_page(str(parent), names) for parent in PurePath(name).parents)
