"""Where a picture is: the address it will be loaded from, past the stubs of pages that load late."""

from __future__ import annotations

import pytest

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.pictures import picture_url

STUB = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def url_of(attributes: str) -> str | None:
    (image,) = parse(f"<p>Noon <img {attributes}></p>", Options()).iter("img")
    return picture_url(image)


@pytest.mark.parametrize(("attributes", "url"), [
    ("src=/noon.jpg", "/noon.jpg"), (f"src={STUB} data-src=/noon.jpg", "/noon.jpg"),
    ("src=/small.jpg data-src=/noon.jpg", "/noon.jpg"), ("src=/small.jpg data-lazy-src=/noon.jpg", "/noon.jpg"),
    ("src=/small.jpg data-original=' /noon.jpg '", "/noon.jpg"),
    (f"data-src={STUB} src=/noon.jpg", "/noon.jpg"), ("data-src='' src=/noon.jpg", "/noon.jpg"),
    ("src=/noon.jpg srcset='/large.jpg 2x'", "/noon.jpg"),
    (f"src={STUB} srcset='/noon.jpg 1x, /large.jpg 2x'", "/noon.jpg"),
    ("srcset=/noon.jpg", "/noon.jpg"), ("srcset='/noon.jpg, /large.jpg 2x'", "/noon.jpg"),
    (f"src={STUB} data-srcset='/noon.jpg 480w' srcset='/small.jpg 1x'", "/noon.jpg"),
    ("src=about:blank", None), ("src=blob:https://a.example/1", None), (f"src={STUB}", None), ("src='  '", None),
    ("alt=Noon", None),
    # candidates are parted by any white space (HTML Standard, srcset attributes)
    ("srcset='/noon.jpg\n 1x,\n /large.jpg 2x'", "/noon.jpg"),
    ("srcset='\t/noon.jpg\t480w'", "/noon.jpg"), ("srcset=','", None),
    # schemes are compared without case (RFC 3986, 3.1)
    (f"src='{STUB.upper()}' srcset='/noon.jpg 1x'", "/noon.jpg"),
])  # fmt: skip
def test_the_address_it_is_loaded_from(attributes: str, url: str | None) -> None:
    assert url_of(attributes) == url


def test_what_stands_in_for_a_picture_gives_way_to_that_of_readers_without_scripts() -> None:
    page = "<figure><img class=lazy src=/static/blank.png><noscript><img src=/noon.jpg></noscript></figure>"
    image = next(parse(page, Options()).iter("img"))
    assert picture_url(image) == "/noon.jpg"
    assert url_of("src=/themes/spinner.svg data-lazyload=/noon.jpg") == "/noon.jpg"


def test_a_picture_that_is_only_named_like_a_stand_in_has_its_address() -> None:
    assert url_of("src=/blank.png") == "/blank.png"
