"""Makes checklist.docx, the Word template that docxtpl fills: `python templates/checklist/make_template.py`.

Run it after a change here and commit both files; a test compares them.
"""
# ruff: noqa: E501  (one string is one paragraph of the Word file)

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

INK, SOFT, ACCENT = RGBColor(0x1C, 0x24, 0x20), RGBColor(0x66, 0x71, 0x6B), RGBColor(0x14, 0x69, 0x4E)
WARN, BAD = RGBColor(0x7A, 0x4E, 0x00), RGBColor(0xA3, 0x21, 0x1A)
RULE, TINT = "DDE4E0", "EEF4F1"
WIDTH = 265
"""Millimetres between the margins of A4 across."""


def font(style: Any, size: float, colour: RGBColor = INK, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = "Arial", Pt(size), bold, False
    style.font.color.rgb = colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    fonts.set(qn("w:eastAsia"), "Microsoft YaHei")


def spacing(style: Any, before: float, after: float, line: float = 1.15) -> None:
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line


def styles(document: Any) -> None:
    known = document.styles
    font(known["Normal"], 9.5)
    spacing(known["Normal"], 0, 0)
    font(known["Title"], 19, bold=True)
    spacing(known["Title"], 0, 6)
    for border in known["Title"].element.pPr.findall(qn("w:pBdr")):
        known["Title"].element.pPr.remove(border)
    font(known["Heading 1"], 12.5, ACCENT, bold=True)
    spacing(known["Heading 1"], 14, 5)
    known["Heading 1"].paragraph_format.keep_with_next = True
    font(known["Heading 2"], 10.5, INK, bold=True)
    spacing(known["Heading 2"], 10, 4)
    known["Heading 2"].paragraph_format.keep_with_next = True
    for name, size, colour, bold in (
        ("Soft", 8.5, SOFT, False),
        ("Quote words", 8.5, INK, False),
        ("Find out", 8.5, WARN, False),
        ("Warning", 9.5, WARN, False),
        ("Late", 10, BAD, True),
        ("Cell head", 8.5, SOFT, True),
    ):
        style = known.add_style(name, 1)
        style.base_style = known["Normal"]
        font(style, size, colour, bold)
        spacing(style, 0, 1)


def field(paragraph: Any, code: str) -> None:
    """A field that Word counts, such as PAGE."""
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("separate", None), ("end", None)):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
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
    margins = OxmlElement("w:tblCellMar")
    for name, width in (("top", "40"), ("left", "80"), ("bottom", "40"), ("right", "80")):
        edge = OxmlElement(f"w:{name}")
        edge.set(qn("w:w"), width)
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


def head(document: Any) -> None:
    document.add_paragraph(
        '{{ _("Bid checklist") }} · {{ phase }} · {{ _("as of") }} {{ checklist.made_at | moment }} {{ _("Beijing time (UTC+8)") }}',
        style="Soft",
    )
    document.add_paragraph("{{ checklist.name }}", style="Title")
    meta = document.add_table(rows=3, cols=4)
    meta.autofit = False
    for column, width in zip(meta.columns, (26, 120, 22, 97), strict=True):
        column.width = Mm(width)
    missing = ' or _("to be found out") }}'
    rows = (
        (
            '{{ _("Number") }}',
            "{{ checklist.number" + missing,
            '{{ _("Method") }}',
            "{{ checklist.method_name }} · {{ checklist.regime_name }}",
        ),
        ('{{ _("Buyer") }}', "{{ checklist.buyer" + missing, '{{ _("Stage") }}', "{{ checklist.stage }}"),
        ('{{ _("Agency") }}', "{{ checklist.agency" + missing, '{{ _("Region") }}', "{{ checklist.region" + missing),
    )
    for row, words in zip(meta.rows, rows, strict=True):
        for n, (cell, text) in enumerate(zip(row.cells, words, strict=True)):
            fill(cell, [("Soft" if n % 2 == 0 else "Normal", text)])
    document.add_paragraph("{%p for amount in checklist.amounts %}")
    document.add_paragraph(
        "{{ amount.name }}　{{ amount.hundredths | money }}"
        "{% if amount.quote and (amount.hundredths is none or amount.kind == 'deposit') %}　{{ said(amount.quote) | clip(160) }}{% endif %}",
        style="Soft",
    )
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p for lot in checklist.lots %}")
    document.add_paragraph(
        '{{ _("lot %(no)s", no=lot.no) }}　{{ lot.name }}{% for each in lot.goods %}　{{ each.quantity | number }}{{ each.unit }}{% endfor %}'
        "{% if lot.budget %}　{{ lot.budget | money }}{% endif %}{% if lot.outcome %}　{{ outcome_name[lot.outcome] }}{% endif %}",
        style="Soft",
    )
    document.add_paragraph("{%p endfor %}")
    for loop, words in (
        ("warning in checklist.warnings", "{{ warning }}"),
        (
            "each in checklist.conflicts",
            '{{ _("Contradiction") }}　{{ each.field }}　{% for rival in each.values %}{{ rival.value }}{{ " / " if not loop.last }}{% endfor %}',
        ),
    ):
        document.add_paragraph(f"{{%p for {loop} %}}")
        document.add_paragraph(words, style="Warning")
        document.add_paragraph("{%p endfor %}")


def plan(document: Any) -> None:
    document.add_paragraph('{{ _("Plan, counted back from the deadline") }}', style="Heading 1")
    only(document, "checklist.plan.reason", "Soft", "{{ checklist.plan.reason }}")
    only(
        document,
        "checklist.plan.compressed",
        "Late",
        '{{ _("Late: today or drop. %(needed)s working days of preparation are pressed into %(left)s.", needed=checklist.plan.needed, left=checklist.plan.left) }}',
    )
    document.add_paragraph("{%p if checklist.plan.steps %}")
    late = either("step.due.late", "Late", '{{ due(step.due) }}\n{{ _("late: today or drop") }}', "{{ due(step.due) }}")
    table(
        document,
        "step in checklist.plan.steps",
        [
            (9, "", "☐"),
            (50, '{{ _("Day") }}', late),
            (106, '{{ _("Step") }}', "{{ step.text }}"),
            (20, '{{ _("Who") }}', "{{ who_name[step.who] }}"),
            (
                WIDTH - 181,
                '{{ _("Why") }}',
                [("Soft", '{{ step.due.why }}{% if step.due.provisional %} · {{ _("provisional") }}{% endif %}')],
            ),
        ],
    )
    document.add_paragraph(
        '{{ _("Targets of the team in working days, no legal deadlines; change them in config/checklists/plan.yaml. What is done already is not known here.") }}',
        style="Soft",
    )
    document.add_paragraph("{%p endif %}")


def dates(document: Any) -> None:
    document.add_paragraph('{{ _("All dates") }} · {{ _("Beijing time (UTC+8)") }}', style="Heading 1")
    remarks = (
        '{{ row.words }}{% if row.conflict %}\n{{ _("contradiction") }}: {% for rival in row.conflict %}{{ rival.value }} “{{ rival.words | clip(60) }}”{{ " / " if not loop.last }}{% endfor %}{% endif %}'
        '{% if row.history %}\n{{ _("before:") }} {% for rival in row.history %}{{ rival.value }}{{ " → " if not loop.last }}{% endfor %}{% endif %}'
        '{% if row.check %}\n{{ _("to check") }}: {{ row.check }}{% endif %}'
    )
    name = '{{ row.name }}{% if row.lot %} {{ _("lot %(no)s", no=row.lot) }}{% endif %}{% if row.passed %} · {{ _("over") }}{% endif %}{% if row.provisional %} · {{ _("provisional") }}{% endif %}'
    table(
        document,
        "row in checklist.dates",
        [
            (44, '{{ _("Date") }}', "{{ when(row) }}"),
            (78, '{{ _("What") }}', name),
            (WIDTH - 176, '{{ _("Words or rule") }}', [("Quote words", remarks)]),
            (
                54,
                '{{ _("Law") }} / {{ _("Source") }}',
                [
                    (
                        "Soft",
                        "{% if row.rule_id %}{{ row.legal_ref }}{% elif row.source in numbers %}[{{ numbers[row.source] }}] {{ row.label }}{% endif %}",
                    )
                ],
            ),
        ],
    )


def lines(document: Any) -> None:
    document.add_paragraph("{%p for section in checklist.sections %}")
    document.add_paragraph("{{ loop.index }} · {{ section.name }}", style="Heading 1")
    what = [
        ("Normal", '{{ line.text }}{% if line.each_round %}　〔{{ _("in each round") }}〕{% endif %}'),
        ("Soft", "{% if line.note %}{{ line.note }}\n{% endif %}{{ grounds(line.legal) }}"),
    ]
    says = [
        ("Normal", "{%p if line.says %}"),
        (
            "Quote words",
            "{% for quote in line.says %}{{ said(quote) | clip(400) }} {% if quote.source in numbers %}[{{ numbers[quote.source] }}]{% endif %}{{ '\\n' if not loop.last }}{% endfor %}",
        ),
        ("Normal", "{%p elif line.asks %}"),
        ("Find out", '{{ _("to be found out") }}'),
        ("Normal", "{%p else %}"),
        ("Normal", ""),
        ("Normal", "{%p endif %}"),
    ]
    due = [
        ("Normal", "{%p if line.due and (line.due.late or line.due.passed) %}"),
        ("Late", '{{ due(line.due) }}\n{{ _("late: today or drop") if line.due.late else _("over") }}'),
        ("Normal", "{%p else %}"),
        ("Normal", "{% if line.due %}{{ due(line.due) }}{% endif %}"),
        ("Normal", "{%p endif %}"),
    ]
    status = either(
        "line.status == 'find'", "Find out", "{{ status_name[line.status] }}", "{{ status_name[line.status] }}"
    )
    table(
        document,
        "line in section.lines",
        [
            (9, "", "☐"),
            (92, '{{ _("What") }}', what),
            (WIDTH - 191, '{{ _("The notice says") }}', says),
            (18, '{{ _("Who") }}', "{{ who_name[line.who] }}"),
            (40, '{{ _("Due") }}', due),
            (32, '{{ _("Status") }}', status),
        ],
    )
    document.add_paragraph("{%p endfor %}")


def specs(document: Any) -> None:
    document.add_paragraph("{%p if checklist.specs %}")
    document.add_paragraph('{{ _("Technical deviation table") }}', style="Heading 1")
    document.add_paragraph(
        '{{ _("Deviation:") }} {% for each in deviations %}{{ each }}{{ " / " if not loop.last }}{% endfor %}',
        style="Soft",
    )
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p for table in checklist.specs %}")
    document.add_paragraph(
        '{% if table.goods %}{% if table.goods.lot %}{{ _("lot %(no)s", no=table.goods.lot) }}　{% endif %}{{ table.goods.name }}　{{ table.goods.quantity | number }}{{ table.goods.unit }}　{% endif %}{{ table.name }}',
        style="Heading 2",
    )
    asked = either(
        "point.required",
        "Quote words",
        "{% for quote in point.required %}{{ quote.words | clip(300) }}{{ '\\n' if not loop.last }}{% endfor %}",
        '{{ _("to be found out") }}',
        "Find out",
    )
    table(
        document,
        "point in table.points",
        [
            (68, '{{ _("Point") }}', "{{ point.mark }}{{ point.name }}"),
            (78, '{{ _("Asked") }}', asked),
            (66, '{{ _("Ours") }}', ""),
            (26, '{{ _("Deviation") }}', ""),
            (WIDTH - 238, '{{ _("Proof, page") }}', ""),
        ],
    )
    document.add_paragraph("{%p endfor %}")


def sources(document: Any) -> None:
    document.add_paragraph('{{ _("Sources") }}', style="Heading 1")
    document.add_paragraph("{%p for source in checklist.sources %}")
    document.add_paragraph(
        '[{{ loop.index }}] {{ source.title }}　{{ source.portal }}{% if source.published %} · {{ source.published | moment }}{% endif %} · {{ _("version %(n)s", n=source.version) }}{% if source.withdrawn %} · {{ _("taken away by the portal") }}{% endif %}\n{{ source.url }}',
        style="Soft",
    )
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph('{{ _("Short names of laws") }}', style="Heading 1")
    document.add_paragraph(
        '{% for law in checklist.laws %}{{ law.short }} {{ law.name }}{% if law.read != "text" %}〔{{ _("known at second hand") }}〕{% endif %}{{ "　" if not loop.last }}{% endfor %}',
        style="Soft",
    )
    document.add_paragraph(
        '{{ _("Made from published notices; the purchasing documents decide. Nothing here is ticked off by itself.") }}',
        style="Soft",
    )


def nameless(document: Any) -> None:
    """No author, program or thumbnail in the file."""
    properties = document.core_properties
    for name in ("author", "last_modified_by", "comments", "keywords", "title", "subject", "category"):
        setattr(properties, name, "")
    properties.created = properties.modified = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    rels = document.part.package.rels
    for key in [key for key, rel in rels.items() if rel.reltype.endswith(("/thumbnail", "/extended-properties"))]:
        del rels[key]


def make() -> Any:
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(16)
    section.top_margin, section.bottom_margin = Mm(14), Mm(15)
    section.footer_distance = Mm(8)
    styles(document)
    foot = section.footer.paragraphs[0]
    foot.style, foot.alignment = "Soft", WD_ALIGN_PARAGRAPH.CENTER
    field(foot, "PAGE")
    foot.add_run(" / ")
    field(foot, "NUMPAGES")
    for part in (head, plan, dates, lines, specs, sources):
        part(document)
    nameless(document)
    return document


if __name__ == "__main__":
    make().save(str(Path(__file__).with_name("checklist.docx")))
