"""Documents and books composed for the tests, in as few bytes as their readers accept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

CLOCK = [
    "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two hundred people had come to the square to hear it.",
    "The mechanism had stood still since a storm bent the axle of the minute hand. Two apprentices of the watchmaker's school took it apart last winter and made the broken parts anew.",
    "The town council paid for the material only. The watchmaker said that the clock would now lose less than a minute a month, which was better than on the day it was built.",
]
"""The paragraphs of an article."""


def pdf(pages: Sequence[Sequence[tuple[int, int, int, str]]], info: Mapping[str, str] = {}) -> bytes:
    """A PDF of lines, each with its place from the left and the bottom in points, its size and its text."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = "\n".join(
            "BT /F1 {} Tf {} {} Td ({}) Tj ET".format(
                size, x, y, text.replace("(", r"\(").replace(")", r"\)")
            )
            for x, y, size, text in lines
        ).encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
        resources = b"<< /Font << /F1 3 0 R >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %s /Contents %d 0 R >>"
            % (resources, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(
        b"<< %s >>" % b" ".join(b"/%s (%s)" % (k.encode(), v.encode("latin-1")) for k, v in info.items())
    )
    file = io.BytesIO(b"%PDF-1.4\n")
    file.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.writelines(b"%010d 00000 n \n" % place for place in places)
    file.write(
        b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, len(objects), start)
    )
    return file.getvalue()


def set_as_pdf(
    headline: str, paragraphs: Sequence[str], info: Mapping[str, str] = {}, width: int = 70
) -> bytes:
    """The article on pages of twelve lines with a head and a number, its lines broken within words."""
    lines: list[str | None] = []
    for paragraph in paragraphs:
        text = paragraph
        while len(text) > width:
            end = width
            cut = text[end - 1 : end + 1]
            if cut.isalpha():
                lines.append(text[:end] + "-")
            else:
                end = text.rindex(" ", 0, end) + 1
                lines.append(text[:end].strip())
            text = text[end:]
        lines += [text, None]
    pages = []
    for number in range(0, len(lines), 12):
        page = [(70, 800, 9, "The Harbour Almanac, volume 3"), (290, 40, 9, str(1 + number // 12))]
        y = 750
        if number == 0:
            page.append((70, y, 20, headline))
            y -= 40
        for line in lines[number : number + 12]:
            if line is not None:
                page.append((70, y, 11, line))
            y -= 14
        pages.append(page)
    return pdf(pages, info)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # as books and OpenDocument have it: to be seen without unpacking
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return file.getvalue()


def docx(headline: str, paragraphs: Sequence[str], core: Mapping[str, str] = {}) -> bytes:
    """A Word document with a title and paragraphs."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    run = '<w:p>{}<w:r><w:t xml:space="preserve">{}</w:t></w:r></w:p>'
    style = '<w:pPr><w:pStyle w:val="Title"/></w:pPr>'
    title = run.format(style, escape(headline)) if headline else ""
    body = title + "".join(run.format("", escape(text)) for text in paragraphs)
    properties = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in core.items())
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{kinds}"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{word}"><w:style w:type="paragraph" w:styleId="Title">'
            '<w:name w:val="Title"/></w:style></w:styles>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="s" '
            f'Type="{office}/styles" Target="styles.xml"/></Relationships>',
            "docProps/core.xml": "<cp:coreProperties xmlns:cp="
            '"http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
            f"{properties}</cp:coreProperties>",
        }
    )


def epub(chapters: Mapping[str, str], metadata: Mapping[str, str] = {}) -> bytes:
    """A book of chapters (name to XHTML), with a table of contents."""
    properties = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in metadata.items())
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            **{f"OEBPS/{name}": text for name, text in chapters.items()},
            "OEBPS/nav.xhtml": "<html><body><nav><a href='c0'>One</a></nav></body></html>",
            "OEBPS/style.css": "p { margin: 0 }",
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/">{properties}</metadata><manifest>{items}'
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
            f'</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
        }
    )
