"""Which of several people and days on a page are the article's; every page composed for this."""

from __future__ import annotations

import pytest

from copydesk.cleaners import clean

TEXT = (
    "<p>The weavers of the lower quay met on Monday evening and agreed on a price for the cloth of the winter.</p>"
    "<p>Two of them had walked from the hills, and both said that the road was closed above the second bridge.</p>"
    "<p>The guild will meet again when the looms are set, and the dyers have been asked to send a speaker this time.</p>"
)
HEADLINE = "<h1>The looms of the lower quay</h1>"
META = '<meta name="author" content="{}">'.format

# what it is about: (authors, head, body)
PEOPLE = {
    "declared and in a marked byline, before one who is only in the footer": (
        ["Ilse Varga"],
        META("Tom Brandel") + '<meta property="article:author" content="Ilse Varga">',
        (
            f'{HEADLINE}<p class="byline"><span itemprop="author">Ilse Varga</span></p>{TEXT}'
            "<footer>© Tom Brandel 2024</footer>"
        ),
    ),
    "a line with a degree above the text, where the poster is shown nowhere": (
        ["Ilse Varga"],
        META("Tom Brandel"),
        f"{HEADLINE}<p><em>By Ilse Varga, MSc, RDN</em></p>{TEXT}",
    ),
    "a dated line below the text, where the poster is shown nowhere": (
        ["Ilse Varga"],
        META("Tom Brandel"),
        f"{HEADLINE}{TEXT}<p><em>By Ilse Varga, 14 June 2023</em></p>",
    ),
    "a declared author whom the page shows stays": (
        ["Tom Brandel"],
        META("Tom Brandel"),
        f"{HEADLINE}<p>Tom Brandel</p>{TEXT}<p><em>Photos by Ilse Varga</em></p>",
    ),
    "an account of two letters": (
        ["ko"],
        "",
        f'{HEADLINE}<p>by <span class="author vcard fn">ko</span></p>{TEXT}',
    ),
    "an account in a dated line, which its template names alone": (
        ["lindwurm"],
        "",
        f"{HEADLINE}{TEXT}<div>Submitted by <span>lindwurm</span> on 3 August 2016 - 07:20</div>",
    ),
    "who sent it in": (
        ["Ilse Varga"],
        "",
        f"{HEADLINE}<p>Submitted by Ilse Varga on 3 August 2016</p>{TEXT}",
    ),
    "the shelf on which a blog files a post is nobody": (
        [],
        "",
        f'{HEADLINE}<div class="entry-meta">3 August 2016 <a rel="category tag" href="/on/cloth">Fine Cloth</a></div>{TEXT}',
    ),
    "nor is the one of a link type alone": (
        [],
        "",
        f'{HEADLINE}<p class="post-info"><a rel="category" href="/on/dye">Red Dye</a> / 3 August 2016</p>{TEXT}',
    ),
    "a box about the author below the text": (
        ["Ilse Varga"],
        "",
        (
            f'<article>{HEADLINE}{TEXT}</article><div class="author-bio"><h3>Ilse Varga</h3>'
            "<p>Writes about cloth and water for the valley.</p></div>"
        ),
    ),
    "a house behind a person is no second author": (
        ["Povel Kraus"],
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"@type": "Person",'
            ' "name": "Povel Kraus, Udoli.cz"}}</script>'
        ),
        f"{HEADLINE}{TEXT}",
    ),
    "a day before a name is no address": (
        ["Ilse Varga"],
        "",
        f'{HEADLINE}<p class="author">12.05.2026/Ilse Varga</p>{TEXT}',
    ),
    "those beside the one who is declared": (
        ["Ilse Varga", "Tom Brandel", "Mara Lindqvist"],
        META("Ilse Varga"),
        f'{HEADLINE}<p class="byline">By Ilse Varga, Tom Brandel and Mara Lindqvist</p>{TEXT}',
    ),
    "where the declared one works is no second author": (
        ["Ilse Varga"],
        META("Ilse Varga"),
        f'{HEADLINE}<p class="by">By Ilse Varga, Weaving and Cloth</p>{TEXT}',
    ),
    "all whom a journal's page cites": (
        ["Ilse Varga", "Tom Brandel"],
        (
            '<meta name="DC.Creator" content="Ilse Varga"><meta name="citation_authors" content="Ilse Varga">'
            '<meta name="citation_authors" content="Tom Brandel">'
        ),
        f"{HEADLINE}<p>Ilse Varga</p>{TEXT}",
    ),
    "a heading below the text that says who wrote it": (
        ["Ilse Varga"],
        "",
        f"<article>{HEADLINE}{TEXT}<h3>Written by Ilse Varga</h3></article>",
    ),
    "a line below that says so, with the name in the next": (
        ["Ilse Varga"],
        "",
        f"<article>{HEADLINE}{TEXT}</article><h2>Written by</h2><div>Ilse Varga</div><button>Subscribe</button>",
    ),
    "a heading that begins with by": (
        [],
        "",
        f"<article>{HEADLINE}{TEXT}<h3>By The Numbers</h3><p>Two looms were mended, and one was sold.</p></article>",
    ),
    "where those work who are beside the declared one": (
        ["Ilse Varga"],
        META("Ilse Varga"),
        f'{HEADLINE}<p class="by">By Ilse Varga, New York, and Tom Brandel, Los Angeles</p>{TEXT}',
    ),
    "houses behind the declared one": (
        ["Ilse Varga"],
        META("Ilse Varga"),
        f'{HEADLINE}<p class="by">By Ilse Varga, University of Leeds and Harbour Tides Trust</p>{TEXT}',
    ),
    "facts about a book are not the page's": (
        ["Tom Brandel"],
        META("Tom Brandel"),
        f"{HEADLINE}<p>Author: Jane Austen</p><p>Publisher: Harbour Press</p><p>Pages: 320</p>{TEXT}",
    ),
    "surnames first in one list": (
        ["Ilse Varga", "Tom Brandel"],
        '<meta name="citation_authors" content="Varga, Ilse; Brandel, Tom">',
        f"{HEADLINE}{TEXT}",
    ),
    "what a template left is nobody": (
        ["Ilse Varga"],
        META("Name") + META("Ilse Varga"),
        f"{HEADLINE}{TEXT}",
    ),
    "an address without a scheme is nobody": (
        [],
        '<meta property="article:author" content="facebook.com/valleypost">',
        f"{HEADLINE}{TEXT}",
    ),
}

DAYS = {
    "the day of an embedded post": (
        "2021-04-19",
        "",
        (
            f'{HEADLINE}<span class="PublishDate">19 April 2021</span>{TEXT}'
            '<blockquote class="instagram-media"><time datetime="2020-02-03T10:00:00Z">3 February</time></blockquote>'
        ),
    ),
    "a weak declaration beside another day that is shown": (
        "2023-06-14",
        '<meta property="og:article:published_time" content="2023-06-02">',
        f'{HEADLINE}<time datetime="2023-06-14">14 June 2023</time>{TEXT}',
    ),
    "a line that says so, before the day of a comment": (
        "2023-06-01",
        "",
        (
            f"{HEADLINE}<p>Published: Thursday 1st June 2023 | Filed by the guild of the lower quay</p>{TEXT}"
            "<div><p><b>Old Weft</b> 2 Jun 2023</p><p>They sang well at the fair.</p></div>"
        ),
    ),
    "a stamp of the last change, and the first day in another declaration": (
        "2018-09-03",
        (
            '<meta property="article:published_time" content="2018-09-03T08:00:00Z">'
            '<meta property="article:modified_time" content="2021-02-11T08:00:00Z">'
        ),
        (
            '<div itemscope itemtype="http://schema.org/Article"><meta itemprop="dateModified" content="2021-02-11">'
            f'<meta itemprop="datePublished" content="2021-02-11">{HEADLINE}{TEXT}</div>'
        ),
    ),
}


def page(head: str, body: str) -> str:
    return f'<html lang="en"><head><title>The looms of the lower quay</title>{head}</head><body>{body}</body></html>'


@pytest.mark.parametrize("what", PEOPLE)
def test_whom_a_page_names_as_its_author(what: str) -> None:
    authors, head, body = PEOPLE[what]
    record = clean(page(head, body), url="https://valley.example/looms")
    assert [author.name for author in record.authors] == authors


@pytest.mark.parametrize("line", ["Written by\nIlse Varga", "Written by Ilse Varga"])
def test_flattened_text_names_who_wrote_it_in_a_line_below(line: str) -> None:
    text = TEXT.replace("<p>", "").replace("</p>", "\n\n")
    record = clean(
        f"Home\nNews\nCloth\n\nThe looms of the lower quay\n\n{text}{line}\n\nSubscribe\nContact\n"
    )
    assert [author.name for author in record.authors] == ["Ilse Varga"]


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(("line", "names"), [
    ("Von Ilse Varga, Tom Brandel und Mara Lindqvist", ["Ilse Varga", "Tom Brandel", "Mara Lindqvist"]),
    ("Von Ilse Varga", ["Ilse Varga"]), ("By The Numbers", []), ("Von Morwen nach Osthafen", []),
])  # fmt: skip
def test_a_line_that_by_begins_names_its_author_wherever_it_stands(
    line: str, names: list[str], at: int
) -> None:
    prose = [
        "Die Weber vom unteren Kai trafen sich am Montagabend und einigten sich auf einen Preis für das Tuch.",
        "Zwei von ihnen waren aus den Hügeln gekommen, und beide sagten, die Straße sei über der Brücke gesperrt.",
        "Die Zunft trifft sich wieder, wenn die Webstühle stehen, und bittet die Färber diesmal um einen Sprecher.",
    ]
    text = "\n\n".join((*prose[:at], line, *prose[at:]))
    record = clean(
        f"Start\nNachrichten\nTuch\n\nDie Webstühle am unteren Kai\n\n{text}\n\nAbonnieren\nKontakt\n"
    )
    assert [author.name for author in record.authors] == names


@pytest.mark.parametrize(("line", "names"), [
    ("By Harbour Cloth Staff, May 3, 2024", ["Harbour Cloth Staff"]), ("By The Looms Team / valley.example / Updated: May 3, 2024", ["The Looms Team"]),
    ("By Join Our Team, May 3, 2024", []), ("By Staff, May 3, 2024", []),
])  # fmt: skip
def test_flattened_text_names_the_team_of_a_byline(line: str, names: list[str]) -> None:
    text = TEXT.replace("<p>", "").replace("</p>", "\n\n")
    record = clean(f"Home\nNews\nCloth\n\nThe looms of the lower quay\n{line}\n\n{text}Subscribe\nContact\n")
    assert [author.name for author in record.authors] == names


@pytest.mark.parametrize("what", DAYS)
def test_on_which_day_a_page_was_published(what: str) -> None:
    day, head, body = DAYS[what]
    record = clean(page(head, body), url="https://valley.example/looms")
    assert (record.date_published or "")[:10] == day
