"""Which language a text is in: by the text where it is long enough, else by the page, else unknown."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from articles import ARTICLES
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Page, clean, clean_page
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.language import profiles, weights
from copydesk.cleaners.language.codes import canonical
from copydesk.cleaners.language.detection import LOOK_CHARS, MIN_LETTERS, detect, may_score
from copydesk.cleaners.language.weights import relatives
from copydesk.cleaners.lexicon.words import languages

SAMPLES = Path(__file__).resolve().parents[3] / "benchmarks" / "languages"
TEXTS = [
    (file.stem, text)
    for file in sorted(SAMPLES.glob("*.txt"))
    for text in file.read_text("utf-8").splitlines()
]
TEXT_OF = {name: [text for other, text in TEXTS if other == name] for name, _ in TEXTS}
TEXT_NAMES = sorted(TEXT_OF)


PARAGRAPHS = st.sampled_from([paragraph for some in ARTICLES.values() for paragraph in some])


@given(PARAGRAPHS, st.integers(0, 200), st.integers(1, 120), st.sampled_from([str, str.title, str.upper]))
def test_no_score_is_above_its_bound(
    paragraph: str, start: int, size: int, write: Callable[[str], str]
) -> None:
    text = write(paragraph[start : start + size])
    assert may_score(text, (detect(text).score or 0.0))
    assert not may_score("Ann Lee, Bo Ek, Cy Orr, Di Roe, Ed Fox, Flo Hay, Gus Kay, Ida May", 0.9)


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_the_language_of_a_paragraph_is_detected(code: str) -> None:
    for paragraph in ARTICLES[code]:
        guess = detect(paragraph)
        assert (guess.language, guess.source) == (code, "text")
        assert guess.score is not None
        assert 0.5 < guess.score <= 1


def test_every_language_with_a_lexicon_has_an_article() -> None:
    assert sorted(ARTICLES) == list(languages())


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_a_record_has_the_language_of_its_page(code: str) -> None:
    record = clean("".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[code]))
    tag = "zh-Hans" if code == "zh" else code
    assert (record.language, record.language_source) == (tag, "text")
    assert [(share.language, share.share) for share in record.languages] == [(tag, 1.0)]


NAMES_IN_PROSE = (
    "Philippa Marsh, commander of the Harbour Guard, second left, Colonel Stuart Glen of the Northern Fleet, and Mayor "
    "Arturo Roca, right, at the opening of the Kestrel Bay Exercise in Port Amber on Monday, with Minister Lena Holt."
)
DOUBTFUL = "Kommunen vil bygge en ny skole"
SINDHI = "حڪومت چيو ته ايندڙ سال نوان اسڪول ٺاهيا ويندا ۽ ان لاءِ پئسا رکيا ويا آهن."
WIDE = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in ARTICLES["de"][0])
DETECTED = {
    "as declared": (" ".join(ARTICLES["en"]), "en-GB", "en", "both"),
    "not as declared": (" ".join(ARTICLES["de"]), "en", "de", "text"),
    "declared is a language we cannot detect": (SINDHI, "sd", "sd", "declared"),
    "a text we can detect, declared is one we cannot": (" ".join(ARTICLES["en"]), "sd", "en", "text"),
    "doubtful, declared Danish": (DOUBTFUL, "da", "da", "both"),
    "doubtful, declared Norwegian": (DOUBTFUL, "no", "no", "both"),
    "numbers between words": (f"123 456 7.89 {ARTICLES['sv'][1]}123 456 7.89 ", None, "sv", "text"),
    "URLs between words": (f"https://example.org/2026/11/20?p=1&q=2 {ARTICLES['sv'][1]}https://example.org/2026/11/20?p=1&q=2 ", None, "sv", "text"),
    "a URL between unspaced words": (ARTICLES["ja"][0] + "https://example.org/english/words/only" + ARTICLES["ja"][1], None, "ja", "text"),
    "traditional Chinese": ("市政廳的大鐘星期五十一年來第一次敲響了正午的鐘聲，大約兩百人來到廣場上聆聽，他們都說聲音很響。", None, "zh-Hant", "text"),
    "declared Chinese": (ARTICLES["zh"][0], "zh-CN", "zh-Hans", "both"),
    "a Japanese word in English": ("This is an English article about the Japanese word 食べる, which means to eat, and how it is used.", None, "en", "text"),
    "Japanese words in German": ("Manga (漫画) sind japanische Comics, Anime (アニメ) sind Filme; beide sind in Deutschland beliebt.", None, "de", "text"),
    "Latin names in Russian": ("Он купил новый iPhone и старый Android, чтобы сравнить их на выставке в большом городе у моря.", None, "ru", "text"),
    "a Japanese word in Chinese": ("他每天早上都去市场买菜，晚上说说日本的 ラーメン，这些东西他们都很喜欢，价钱也不贵。", None, "zh-Hans", "text"),
    "capitals": (ARTICLES["de"][0].upper(), None, "de", "text"),
    "wide letters": (WIDE, None, "de", "text"),
    "prose full of names": (NAMES_IN_PROSE, None, "en", "text"),
    "prose full of names, declared": (NAMES_IN_PROSE, "en", "en", "both"),
}  # fmt: skip


@pytest.mark.parametrize("case", DETECTED)
def test_the_language_of_a_text_and_where_it_is_from(case: str) -> None:
    text, declared, tag, source = DETECTED[case]
    guess = detect(text, declared)
    assert (guess.language, guess.tag, guess.source) == (tag.partition("-")[0], tag, source)


@pytest.mark.parametrize("text", [
    "", " ", "Hi there", "Ciao", "x" * (MIN_LETTERS - 1), "今日は", "Привет", "1234567890 " * 40, "2026-11-20 12:30:00 " * 30,
    "!?…—„“ " * 50, "🎉🎈" * 60, "\u0301" * 200,
])  # fmt: skip
def test_a_text_with_too_few_letters_has_no_language(text: str) -> None:
    guess = detect(text)
    assert (guess.language, guess.score, guess.source) == ("und", None, None)


@pytest.mark.parametrize("declared", ["fr", "fr-CA", "fr_FR", "FR"])
def test_the_declared_language_serves_where_the_text_is_short(declared: str) -> None:
    guess = detect("Salut", declared)
    assert (guess.language, guess.score, guess.source) == ("fr", None, "declared")


@pytest.mark.parametrize(
    ("declared", "tag"),
    [("eng", "en"), ("deu", "de"), ("ger", "de"), ("fre-FR", "fr"), ("nb_NO", "no"), ("nn", "no"), ("iw", "he"), ("jp", "ja"), ("cz", "cs"),
     ("en_US.UTF-8", "en"), ("zh-Hans-HK", "zh-Hans"), ("zh-Hant-CN", "zh-Hant"), ("cn", "zh"), ("zh-TW", "zh-Hant"), ("zh-Hans-CN", "zh-Hans"), ("sr-Latn-RS", "sr-Latn"), ("ga-IE", "ga"), ("hsb", "hsb")],
)  # fmt: skip
def test_codes_become_their_preferred_form(declared: str, tag: str) -> None:
    assert detect("Salut", declared).tag == tag


@pytest.mark.parametrize("declared", [
    "", "  ", "x", "1234", "english language", "-", "<script>", "zz", "xx-XX", "und", "mul", "de;en", "de-" * 900,
])  # fmt: skip
def test_a_declaration_that_is_no_language_is_not_believed(declared: str) -> None:
    assert detect("Salut", declared).language == "und"


@pytest.mark.parametrize("text", [
    "Это русский текст про город и людей. This is English text about city and people who live there.",
    "Apple представила новый iPhone Pro Max, Samsung Galaxy Ultra и Google Pixel на выставке в Москве.",
])  # fmt: skip
def test_a_text_in_two_scripts_is_not_sure(text: str) -> None:
    assert (detect(text).score or 0.0) < 0.9
    assert detect(text).language in ("en", "ru", "und")


@given(st.sampled_from(TEXT_NAMES), st.sampled_from(TEXT_NAMES), st.integers(0, 11))
def test_mixed_scripts_name_no_third_language_for_sure(one: str, other: str, place: int) -> None:
    guess = detect(" ".join((TEXT_OF[one][place][:60], TEXT_OF[other][place][:60])))
    assert (guess.score or 0.0) < 0.9 or guess.language in (one.partition("-")[0], other.partition("-")[0])


def test_a_text_in_no_language_known_is_not_named() -> None:
    noise = (
        "Zlorp quixnar vembolyd fraxtik usglump ovrentz plimquat dresnoxi yambulf ekztra wobneqq tindruplox."
    )
    assert (detect(noise).score or 0.0) < 0.5


def test_frequent_words_decide_without_a_declaration_in_prose_alone() -> None:
    prose = "The council of the town has said that the old bridge will be closed for two weeks in the spring, and that all who work on the island have to go round by the road. It is not the first time, as the mayor said."
    assert len(prose) > LOOK_CHARS
    guess = detect(prose)
    assert (guess.language, guess.score, guess.source) == ("en", 0.99, "text")
    # as in `_most`: of a text in two scripts no score is high
    named = f"{'Николай Островский, Александр Твардовский, '} {prose}"
    assert (detect(named).score or 0.0) <= 0.8
    assert not may_score(named, 0.9)


@pytest.mark.slow
def test_frequent_words_name_no_language_wrongly() -> None:
    """Each file is cut where it would be hardest: in the fewest characters in which they decide."""
    count = 0
    for file in sorted(SAMPLES.glob("*.txt")):
        text = " ".join(file.read_text("utf-8").split())
        for at in range(0, len(text) - LOOK_CHARS, LOOK_CHARS):
            guess = detect(text[at : at + LOOK_CHARS])
            if guess.score == 0.99:
                count += 1
                assert guess.language == file.stem.partition("-")[0], text[at : at + LOOK_CHARS]
    assert count > 400


def test_letters_alone_distinguish_yiddish_from_hebrew() -> None:
    hebrew, yiddish = TEXT_OF["he"][0], TEXT_OF["yi"][0]
    assert detect(hebrew).language == "he"
    assert (detect(hebrew).score or 0.0) > 0.9
    assert detect(yiddish).language == "yi"


def test_the_language_of_the_header_is_read_last() -> None:
    headers = {"Content-Language": "sv"}
    page = Page(body="<article><p>IKEA ABBA VOLVO 2024</p></article>", headers=headers, media="html")
    assert (clean_page(page).language, clean_page(page).language_source) == ("sv", "declared")
    other = Page(body='<html lang="fi"><p>IKEA ABBA VOLVO 2024</p></html>', headers=headers, media="html")
    assert clean_page(other).language == "fi"


@pytest.mark.parametrize(("layout", "main", "share"), [
    ("fdfdfdfdfd", "de", 0.5), ("ffffdddd", "de", 0.5), ("ddffffffff", "fr", 0.2), ("ffffffffdd", "fr", 0.2),
    ("fffddfff", "fr", 0.25),
])  # fmt: skip
def test_shares_are_seen_wherever_they_are(layout: str, main: str, share: float) -> None:
    ways = {"f": iter(TEXT_OF["fr"]), "d": iter(TEXT_OF["de"])}
    record = clean("".join(f"<p>{next(ways[letter])}</p>" for letter in layout))
    found = {language.language: language.share for language in record.languages}
    assert record.language == main
    assert set(found) == {"fr", "de"}
    assert min(found.values()) == pytest.approx(share, abs=0.07)
    assert record.language_score == pytest.approx(found[main], abs=0.001)


@pytest.mark.parametrize(
    ("main", "other"),
    [("uk", "ru"), ("es", "ca"), ("no", "sv"), ("pt", "es"), ("zh-Hans", "en"), ("he", "ar")],
)
def test_relatives_and_scripts_on_one_page_are_distinguished(main: str, other: str) -> None:
    record = clean("".join(f"<p>{text}</p>" for text in [*TEXT_OF[main][:4], *TEXT_OF[other][:2]]))
    assert {language.language for language in record.languages} == {main, other}


def test_a_short_text_in_han_alone_may_be_japanese() -> None:
    headline = "東京都議会選挙開票速報"
    assert detect(headline, "ja").language == "ja"
    assert detect(headline).score is not None
    assert (detect(headline).score or 1.0) < 0.9


@pytest.mark.slow
def test_the_same_text_is_the_same_language_in_every_process() -> None:
    """A fresh one agrees to the last digit."""
    mixed = ARTICLES["pt"][0] + " " + ARTICLES["es"][1]
    code_to_run = (
        "import sys; from copydesk.cleaners.language.detection import detect; print(detect(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code_to_run, mixed]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert answer == f"{detect(mixed)}\n"


def test_earlier_texts_do_not_change_a_verdict() -> None:
    alone = detect(ARTICLES["nl"][2])
    for code in ARTICLES:
        detect(ARTICLES[code][0])
    assert detect(ARTICLES["nl"][2]) == alone


KNOWN = {canonical(code) for code in profiles.columns()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chars", "known", "every"),
    [(20, 0.945, 0.905), (60, 0.99, 0.97), (200, 0.995, 0.98), (1000, 0.995, 0.985)],
)
def test_composed_texts_of_eighty_languages(chars: int, known: float, every: float) -> None:
    right = {text: detect(text[:chars]).language == code.partition("-")[0] for code, text in TEXTS}
    of_known = [right[text] for code, text in TEXTS if code.partition("-")[0] in KNOWN]
    assert sum(of_known) / len(of_known) >= known
    assert sum(right.values()) / len(right) >= every


@pytest.mark.slow
@pytest.mark.parametrize(("chars", "right"), [(20, 0.99), (60, 0.97), (200, 0.99)])
def test_of_those_that_are_sure_more_than_nine_in_ten_are_right(chars: int, right: float) -> None:
    sure = [(guess, code) for code, text in TEXTS if ((guess := detect(text[:chars])).score or 0) >= 0.9]
    assert len(sure) > 30
    assert sum(guess.language == code.partition("-")[0] for guess, code in sure) >= right * len(sure)


@pytest.mark.parametrize("code", sorted(relatives()))
def test_the_signs_of_a_language_are_not_those_of_the_ones_it_is_distinguished_from(code: str) -> None:
    """What is found in a text of a rival speaks for that one as well, or is so rare there that it means nothing."""
    one = relatives()[code]
    own = words_of(code)
    for other in one.against or sorted({name.partition("-")[0] for name, _ in TEXTS} - {code}):
        theirs = words_of(other)
        allowed = relatives()[other].words if other in relatives() else frozenset()
        shared = {word for word in one.words - allowed if theirs[word] > 0.05 * own[word]}
        assert not shared, f"also {other}: {sorted(shared)}"


def words_of(code: str) -> Counter[str]:
    texts = (text for name, text in TEXTS if name.partition("-")[0] == code)
    return Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))


@pytest.mark.parametrize("code", ["zh-Hans", "zh-Hant", "sr-Cyrl", "sr-Latn"])
def test_scripts_are_distinguished(code: str) -> None:
    guesses = [detect(text) for text in [text for name, text in TEXTS if name == code]]
    assert all(guess.script == code.partition("-")[2] for guess in guesses if guess.language == code[:2])
    assert sum(guess.tag == code for guess in guesses) >= 10


@pytest.mark.parametrize("text", [
    "https://www.example.org/politik/artikel/2026/neue-bruecke-ueber-die-elbe.html",
    "Anna Kowalska, Jean Dupont, Maria González, John Smith, Giulia Ferrari, Lars Nilsson",
    "Samsung Galaxy Ultra Pro Max Plus Edge Note Tab Watch Buds Fold Flip",
    "12.50 EUR 13.70 USD 9.99 GBP 2026-11-20 12:30",
    "info@example.org, press@example.com, redaktion@example.de",
    "beispiel.de zeitung.de nachrichten.de wirtschaft-heute.de politik.de sport.de kultur.de",
    "index.php?option=com_content&view=article&id=3 index.php?page=4&lang=de",
    "const app = express(); app.get('/', (req, res) => { res.send(index.html); });",
    "東京都 大阪府 京都府 北海道 神奈川県 愛知県 福岡県 兵庫県 広島県 静岡県", "田中太郎 佐藤花子 鈴木一郎 高橋健太 渡辺美咲 伊藤翔太 山本愛 中村大輔",
    "van der Berg, de Vries, van den Heuvel, van Dijk, de Boer, van der Meer, de Jong, van den Bosch",
    "john smith, mary johnson, robert williams, patricia brown, michael jones, linda davis",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
    "",
])  # fmt: skip
def test_names_and_addresses_are_in_no_language_for_sure(text: str) -> None:
    assert (detect(text).score or 0.0) < 0.9


def test_a_long_notice_in_another_language_does_not_decide_a_record() -> None:
    notice = (
        "We and our partners use cookies to store and read information on your device. You can accept all cookies or reject them. "
        "Your choices apply to this site alone, and you can change them at any time in the privacy settings. "
    ) * 8
    french = [text for code, text in TEXTS if code == "fr"]
    banner = f"<div class='cookie-consent' id='cookie-banner'><p>{notice}</p><button>Accept all cookies</button></div>"
    record = clean("".join(f"<p>{paragraph}</p>" for paragraph in french[:6]) + banner)
    assert "cookies" not in record.text
    assert (record.language, [share.language for share in record.languages]) == ("fr", ["fr"])


@pytest.mark.parametrize(("page", "note"), [
    ("es", "Dieser Text wurde mit Hilfe künstlicher Intelligenz erstellt und von der Redaktion geprüft."),
    ("en", "Cet article a été rédigé à l'aide de l'intelligence artificielle puis relu par notre rédaction."),
    ("sv", "この記事はAIを使って作成され、編集部が確認しました。"),
    ("ar", "Ten tekst powstał przy użyciu sztucznej inteligencji i został sprawdzony przez redakcję."),
    ("zh", "Этот текст подготовлен с помощью искусственного интеллекта и проверен редактором."),
    ("en", "Bu haber yapay zekâ yardımıyla hazırlanmış ve editörlerimizce kontrol edilmiştir."),
])  # fmt: skip
def test_a_note_in_another_language_than_its_page_is_read_in_its_own(page: str, note: str) -> None:
    record = clean("".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[page]) + f"<p>{note}</p>")
    assert note not in record.text
    assert len(record.provenance.ai) == 1
    assert note in {entry.quote for entry in record.provenance.evidence}


def test_a_broken_model_or_profile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no data")
    monkeypatch.setattr("py3langid.langid.MODEL_FILE", str(broken))
    with pytest.raises(BadData, match=r"py3langid's model: .*install py3langid again"):
        weights._model.__wrapped__()
    monkeypatch.setattr("langdetect.PROFILES_DIRECTORY", str(tmp_path))
    with pytest.raises(BadData, match=r"langdetect's profiles: .*install langdetect again"):
        profiles._table.__wrapped__()
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr("langdetect.PROFILES_DIRECTORY", str(empty))
    with pytest.raises(BadData, match=r"langdetect's profiles: none in .*install langdetect again"):
        profiles._table.__wrapped__()


@given(st.text(max_size=300), st.sampled_from([None, "de", "xx", "zh-TW"]))
def test_any_text_has_an_answer_and_the_same_one_twice(text: str, declared: str | None) -> None:
    guess = detect(text, declared)
    assert guess == detect(text, declared)
    assert guess.score is None or 0.0 < guess.score <= 1.0
    assert (guess.source is None) == (guess.language == "und")
