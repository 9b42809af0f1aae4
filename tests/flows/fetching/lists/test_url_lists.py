"""Files of addresses: what is one, and what is a page or another table."""

from __future__ import annotations

import pytest
from processor_time import bounded

from copydesk.flows.fetching.lists.url_lists import NoUrlColumn, listed_urls, starts_with_url
from copydesk.flows.sources.opening.field_names import parse_field_names

ONE, TWO = "https://paper.example/1", "http://paper.example/2"


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (f"{ONE}\n{TWO}", "urls.txt", [(ONE, 1), (TWO, 2)]),
        (f"\ufeff# mine\r\n\r\n  {ONE}  \r\n", "urls.txt", [(ONE, 3)]),
        (f"{ONE}\nA page that was copied with its address.", "page.txt", None),
        (f"{ONE} is where it stands", "page.txt", None),
        # one bad line makes it no page
        (f"{ONE}\n{TWO}\npaper.example/3\n", "urls.txt", [(ONE, 1), (TWO, 2), ("paper.example/3", 3)]),
        (f"{ONE}\nProse.\n{TWO}\nMore prose.\n", "page.txt", None),
        (f"See also:\n{ONE}\n{TWO}\n", "page.txt", None),
        ("# a heading and no more", "page.txt", None),
        ("", "urls.txt", None),
        (f"url\n{ONE}\n\n{TWO}\n", "a.csv", [(ONE, 2), (TWO, 4)]),
        (f"id;URL\n1;{ONE}\n2;\n3;{TWO};more\n", "a.CSV", [(ONE, 2), (TWO, 4)]),
        (f'note\turl\n"two\nlines"\t{ONE}\n', "a.tsv", [(ONE, 3)]),
        (f"{ONE}\n{TWO}\n", "a.csv", [(ONE, 1), (TWO, 2)]),
    ],
)
def test_urls_have_line_numbers(data: str, name: str, found: list[tuple[str, int]] | None) -> None:
    listed = listed_urls(data.encode(), name=name)
    assert (listed and [(one.url, one.number) for one in listed]) == found


def test_a_column_has_the_name_that_is_reported() -> None:
    table = f"place,url_of_image\n{ONE},{TWO}\n".encode()
    (found,) = listed_urls(table, name="a.csv", fields=parse_field_names(["url=place"])) or ()
    assert found.url == ONE
    with pytest.raises(NoUrlColumn, match=r"no column is called url \(there are: place, url_of_image\)"):
        listed_urls(table, name="a.csv")
    with pytest.raises(NoUrlColumn, match=r"x…, y, 0, .* 27, …") as caught:
        listed_urls(b"x" * 200_000 + b",y," + b",".join(b"%d" % n for n in range(900)), name="a.csv")
    assert len(str(caught.value)) < 1_000
    (guessed,) = listed_urls(b"\n" + table.replace(b"place", b"Link"), name="a.csv") or ()
    assert guessed.url == ONE


@pytest.mark.parametrize(
    ("broken", "url", "problem"),
    [
        ('"https://paper.example/3', "", "a quotation mark that is not closed"),
        ('"https://paper.example/3,open', "", "a quotation mark that is not closed"),
        ('"' + "x" * 200_000, "", "field larger than field limit"),
        (f'{ONE},"nobody closed this', "", "a quotation mark that is not closed"),
        (f'{ONE},"closed" within', ONE, None),
    ],
)
@pytest.mark.parametrize("behind", ["b", '"b"', '"b\nc"', "b\u2028c"])
def test_a_row_that_is_broken_costs_no_other(broken: str, url: str, problem: str | None, behind: str) -> None:
    table = f'url,note\n{ONE},a\n{broken}\n{TWO},{behind}\n{ONE}?b,"c\nd"\n'.encode()
    found = listed_urls(table, name="a.csv") or ()
    assert [one.url for one in found] == [ONE, url, TWO, f"{ONE}?b"]
    assert [one.number for one in found][:2] == [2, 3]
    assert (found[1].problem or "").startswith(problem or "")


@pytest.mark.parametrize(
    ("table", "numbers"),
    [
        (f'title,url\n"open,{TWO}\n', [2]),
        (f'title,url\na,{ONE}\n"open,{TWO}', [3]),
        (f'url,title\n"{TWO},open\n', [2]),
        (f'url,title\n"{ONE}\n{TWO}","b"\n', [2]),
    ],
)
def test_what_is_not_closed_is_reported(table: str, numbers: list[int]) -> None:
    found = listed_urls(table.encode(), name="a.csv") or ()
    assert [one.number for one in found if one.problem] == numbers


@pytest.mark.slow
@pytest.mark.parametrize("row", ['x","y\n', '"x,y\n', 'x,"y\n', '"x\n"y,\n'])
def test_time_is_bounded(row: str) -> None:
    with bounded(80):
        found = listed_urls(b"url,title\n" + row.encode() * 20_000, name="a.csv") or ()
    assert len(found) >= 20_000


@pytest.mark.parametrize(
    ("data", "is_so"),
    [
        (b"https://paper.exa", True), (b"\n# mine\nHTTP://paper.example/1\n", True),
        (b'{"url": "https://paper.example/1"}', False), (b"<html>", False), (b"\xff\xfe", False),
        (b"", False),
    ],
)  # fmt: skip
def test_a_beginning_tells_whether_to_look_further(data: bytes, is_so: bool) -> None:
    assert starts_with_url(data) is is_so
