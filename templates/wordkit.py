"""What the scripts that make our Word templates share: fonts, fields, tables, a table of contents.

docxtpl fills the templates; what stands between `{{ }}` and `{% %}` here is Jinja for it.
"""

from datetime import UTC, datetime
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

INK, SOFT, ACCENT = RGBColor(0x1C, 0x24, 0x20), RGBColor(0x66, 0x71, 0x6B), RGBColor(0x14, 0x69, 0x4E)
WARN, BAD = RGBColor(0x7A, 0x4E, 0x00), RGBColor(0xA3, 0x21, 0x1A)
RULE, TINT = "DDE4E0", "EEF4F1"


def font(
    style: Any,
    size: float,
    colour: RGBColor = INK,
    bold: bool = False,
    latin: str = "Arial",
    asian: str = "Microsoft YaHei",
) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = latin, Pt(size), bold, False
    style.font.color.rgb = colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    fonts.set(qn("w:eastAsia"), asian)


def spacing(style: Any, before: float, after: float, line: float = 1.15) -> None:
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line


def field(paragraph: Any, code: str, shown: str = "") -> None:
    """A field that Word counts, such as PAGE; `shown` stands there until it has."""
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("separate", None), ("shown", shown), ("end", None)):
        if kind == "shown":
            if not shown:
                continue
            part = OxmlElement("w:t")
            part.set(qn("xml:space"), "preserve")
            part.text = shown
        elif kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
            if kind == "begin" and shown:
                part.set(qn("w:dirty"), "true")
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)


def shade(cell: Any, colour: str) -> None:
    part = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        part.set(qn(name), value)
    cell._tc.get_or_add_tcPr().append(part)


def borders(table: Any) -> None:
    """Thin lines between rows only."""
    part = OxmlElement("w:tblBorders")
    for name in ("top", "bottom", "insideH"):
        edge = OxmlElement(f"w:{name}")
        for key, value in (("w:val", "single"), ("w:sz", "4"), ("w:space", "0"), ("w:color", RULE)):
            edge.set(qn(key), value)
        part.append(edge)
    table._tbl.tblPr.append(part)
    padding(table, 40, 80)


def grid(table: Any) -> None:
    """Thin black lines around every cell, and room inside, as official forms have it."""
    table.autofit = False
    part = OxmlElement("w:tblBorders")
    for name in ("top", "left", "bottom", "right", "insideH", "insideV"):
        edge = OxmlElement(f"w:{name}")
        for key, value in (("w:val", "single"), ("w:sz", "4"), ("w:space", "0"), ("w:color", "000000")):
            edge.set(qn(key), value)
        part.append(edge)
    table._tbl.tblPr.append(part)
    padding(table, 20, 90)


def padding(table: Any, up: int, across: int) -> None:
    """Room inside the cells, in twentieths of a point."""
    margins = OxmlElement("w:tblCellMar")
    for name, width in (("top", up), ("left", across), ("bottom", up), ("right", across)):
        edge = OxmlElement(f"w:{name}")
        edge.set(qn("w:w"), str(width))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)


def flag(row: Any, name: str) -> None:
    """`tblHeader`: repeated on each page; `cantSplit`: never broken across pages."""
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def fill(cell: Any, content: str | list[tuple[str, str]]) -> None:
    """A cell's paragraphs as (style, words); plain words are Normal."""
    parts = [("Normal", content)] if isinstance(content, str) else content
    for n, (style, words) in enumerate(parts):
        paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
        paragraph.style = style
        paragraph.add_run(words)


def table(document: Any, loop: str, columns: list[tuple[int, str, str | list[tuple[str, str]]]]) -> None:
    """A table with a repeated heading and one row for each turn of `loop`: (width in mm, heading, cell)."""
    made = document.add_table(rows=4, cols=len(columns))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    borders(made)
    for column, (width, heading, content) in enumerate(columns):
        made.columns[column].width = Mm(width)
        fill(made.cell(0, column), [("Cell head", heading)])
        shade(made.cell(0, column), TINT)
        fill(made.cell(2, column), content)
    fill(made.cell(1, 0), f"{{%tr for {loop} %}}")
    fill(made.cell(3, 0), "{%tr endfor %}")
    flag(made.rows[0], "tblHeader")
    flag(made.rows[2], "cantSplit")


def either(test: str, style: str, words: str, other: str = "", other_style: str = "Normal") -> list[tuple[str, str]]:
    """Paragraphs that stand only where `test` holds; a cell must keep one."""
    return [
        ("Normal", f"{{%p if {test} %}}"),
        (style, words),
        ("Normal", "{%p else %}"),
        (other_style, other),
        ("Normal", "{%p endif %}"),
    ]


def only(document: Any, test: str, style: str, words: str) -> None:
    for each_style, each in (("Normal", f"{{%p if {test} %}}"), (style, words), ("Normal", "{%p endif %}")):
        document.add_paragraph(each, style=each_style)


def nameless(document: Any) -> None:
    """No author, program or thumbnail in the file."""
    properties = document.core_properties
    for name in ("author", "last_modified_by", "comments", "keywords", "title", "subject", "category"):
        setattr(properties, name, "")
    properties.created = properties.modified = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    rels = document.part.package.rels
    for key in [key for key, rel in rels.items() if rel.reltype.endswith(("/thumbnail", "/extended-properties"))]:
        del rels[key]


def bookmark(paragraph: Any, number: str, name: str) -> None:
    """A place in the text that page numbers refer to; `number` must be unlike any other in the file."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for part in (start, end):
        part.set(qn("w:id"), number)
    start.set(qn("w:name"), name)
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
    paragraph._p.append(end)


def entry(document: Any, words: str, name: str, right_mm: float, style: str = "Contents") -> None:
    """A line of the table of contents: words, dots, the page of the bookmark.

    Page numbers are cross-references of their own and no TOC field: LibreOffice counts them when it opens the file,
    and Word when it prints or updates, without asking whether it may.
    """
    paragraph = document.add_paragraph(style=style)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(right_mm), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    paragraph.add_run(f"{words}\t")
    field(paragraph, f" PAGEREF {name} \\h ", shown=" ")
