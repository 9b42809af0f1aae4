"""Records as TEI documents (P5), as corpora of texts have them: a header with the facts, and the text in divisions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree
from lxml import html as lxml_html

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import CannotWrite
from copydesk.flows.formats.article_html import html_of
from copydesk.flows.formats.file_tree import tree_format
from copydesk.flows.formats.markdown_tree import COMMENTS

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_HEADINGS = MappingProxyType({f"h{rank}": rank for rank in range(1, 7)})
# of HTML that Markdown makes, in TEI: the element, and its attributes
_ELEMENTS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType({
    "p": ("p", {}), "ul": ("list", {"rend": "bulleted"}), "ol": ("list", {"rend": "numbered"}), "li": ("item", {}),
    "blockquote": ("quote", {}), "em": ("hi", {"rend": "italic"}), "strong": ("hi", {"rend": "bold"}),
    "s": ("hi", {"rend": "strikethrough"}), "sup": ("hi", {"rend": "superscript"}), "sub": ("hi", {"rend": "subscript"}),
    "code": ("code", {}), "br": ("lb", {}), "pre": ("ab", {}),
    "hr": ("milestone", {"unit": "section"}),
    "table": ("table", {}), "tr": ("row", {}), "td": ("cell", {}), "th": ("cell", {"role": "label"}),
})  # fmt: skip


def tei_file(record: Record) -> bytes:
    """A whole document, UTF-8."""
    root = etree.Element("TEI", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the default one
    if record.language != "und":
        root.set(f"{_XML}lang", record.language)
    _header(etree.SubElement(root, "teiHeader"), record)
    body = etree.SubElement(etree.SubElement(root, "text"), "body")
    _divisions(body, lxml_html.fragment_fromstring(html_of(record), create_parent="div"))
    if record.comments:
        said = etree.SubElement(body, "div", type="comments")
        _add(said, "head", COMMENTS)
        for comment in record.comments:
            _add(said, "p", comment)
    # made without a namespace, which all of them have
    for element in root.iter():
        element.tag = f"{{{NAMESPACE}}}{element.tag}"
    etree.indent(root.find(f"{{{NAMESPACE}}}teiHeader"), level=1)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _header(header: etree._Element, record: Record) -> None:
    file = etree.SubElement(header, "fileDesc")
    title = record.title or record.url or record.source.name
    _title_statement(etree.SubElement(file, "titleStmt"), record, title)
    publication = etree.SubElement(file, "publicationStmt")
    _add(publication, "publisher", record.site_name or "unknown")
    _add(publication, "idno", record.id, type="copydesk")
    if record.license:
        _add(etree.SubElement(publication, "availability"), "p", record.license)
    if record.date_published:
        _add(publication, "date", record.date_published, when=record.date_published)
    source = etree.SubElement(etree.SubElement(file, "sourceDesc"), "bibl")
    _title_statement(source, record, title)
    if record.url:
        _add(source, "ptr", None, target=record.url)
    profile = etree.SubElement(header, "profileDesc")
    if record.description:
        _add(etree.SubElement(profile, "abstract"), "p", record.description)
    if record.language != "und":
        _add(etree.SubElement(profile, "langUsage"), "language", record.language, ident=record.language)
    if record.tags:
        keywords = etree.SubElement(etree.SubElement(profile, "textClass"), "keywords")
        for tag in record.tags:
            _add(keywords, "term", tag)
    application = etree.SubElement(etree.SubElement(header, "encodingDesc"), "appInfo")
    made_by = etree.SubElement(
        application, "application", ident="copydesk", version=record.processing.copydesk
    )
    _add(made_by, "label", "copydesk")


def _title_statement(parent: etree._Element, record: Record, title: str) -> None:
    _add(parent, "title", title, type="main")
    if record.subtitle:
        _add(parent, "title", record.subtitle, type="sub")
    for author in record.authors:
        _add(parent, "author", author.name)


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    etree.SubElement(parent, name, attributes).text = text


def _divisions(body: etree._Element, article: etree._Element) -> None:
    """The elements of an article in divisions: each heading begins one, inside those of the headings above it."""
    open_divisions = [(0, etree.SubElement(body, "div"))]
    for element in article:
        rank = _HEADINGS.get(element.tag)
        if rank is None:
            _put(open_divisions[-1][1], element)
            continue
        while open_divisions[-1][0] >= rank:
            open_divisions.pop()
        division = etree.SubElement(open_divisions[-1][1], "div")
        open_divisions.append((rank, division))
        _fill(etree.SubElement(division, "head"), element)
    for division in body.iter("div"):
        # TEI wants something below a heading
        if all(child.tag == "head" for child in division):
            etree.SubElement(division, "p")


def _put(parent: etree._Element, element: etree._Element) -> None:
    """An element in TEI, with all that is in it."""
    match element.tag:
        case "figure":
            made = etree.SubElement(parent, "p")
            _put_picture(made, element)
            return
        case "a":
            made = etree.SubElement(parent, "ref", target=element.get("href", ""))
        case "img":
            _put_graphic(parent, element, element.get("alt") or element.get("title") or "")
            return
        case "thead" | "tbody":
            for row in element:
                _put(parent, row)
            return
        case tag if tag in _HEADINGS:  # in a quotation or a list, where no division can begin
            made = etree.SubElement(parent, "p", rend="head")
        case tag:
            name, attributes = _ELEMENTS[tag]
            made = etree.SubElement(parent, name, dict(attributes))
    if id_ := element.get("id"):  # of a note, to which its mark leads
        made.set(f"{_XML}id", id_)
    _fill(made, element)


def _put_picture(parent: etree._Element, figure: etree._Element) -> None:
    """A picture with what stands below it, in the link that it is, if it is one."""
    link, picture, caption = (figure.find(path) for path in ("a", ".//img", "figcaption"))
    if picture is None:
        return
    if link is not None:
        parent = etree.SubElement(parent, "ref", target=link.get("href", ""))
    said = "".join(map(str, caption.itertext())) if caption is not None else ""
    _put_graphic(parent, picture, said or picture.get("alt") or "")


def _put_graphic(parent: etree._Element, picture: etree._Element, said: str) -> None:
    graphic = etree.SubElement(parent, "graphic", url=picture.get("src", ""))
    _add(graphic, "desc", said)


def _fill(made: etree._Element, element: etree._Element) -> None:
    if element.tag in ("blockquote", "ul", "ol", "table", "tr"):
        # between blocks there are line ends alone
        for child in element:
            _put(made, child)
        return
    made.text = element.text
    for child in element:
        _put(made, child)
        if child.tag not in ("thead", "tbody"):
            made[-1].tail = child.tail


def _checked_file(record: Record) -> bytes:
    """``tei_file``. Raises CannotWrite for characters that XML cannot hold."""
    try:
        return tei_file(record)
    except ValueError as error:
        raise CannotWrite(f"record {record.id}: {error}") from error


TEI = tree_format("a folder of TEI documents (P5)", ".xml", _checked_file)
