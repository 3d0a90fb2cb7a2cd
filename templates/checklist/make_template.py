"""Makes checklist.docx, the Word template that docxtpl fills: `python templates/checklist/make_template.py`.

Run it after a change here and commit both files; a test compares them.
"""
# ruff: noqa: E501  (one string is one paragraph of the Word file)

import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from wordkit import (
    ACCENT,
    BAD,
    INK,
    SOFT,
    WARN,
    bookmark,
    either,
    entry,
    field,
    fill,
    font,
    nameless,
    only,
    spacing,
    table,
)

WIDTH = 265
"""Millimetres between the margins of A4 across."""


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
        ("Contents", 9.5, INK, False),
    ):
        style = known.add_style(name, 1)
        style.base_style = known["Normal"]
        font(style, size, colour, bold)
        spacing(style, 0, 1)


def heading(document: Any, words: str, name: str, number: str) -> None:
    """A heading of the first order that the contents refer to."""
    bookmark(document.add_paragraph(words, style="Heading 1"), number, name)


def contents(document: Any) -> None:
    """Where each part begins."""
    entry(document, '{{ _("Plan, counted back from the deadline") }}', "plan", WIDTH)
    entry(document, '{{ _("All dates") }}', "dates", WIDTH)
    document.add_paragraph("{%p for section in checklist.sections %}")
    entry(document, "{{ loop.index }} · {{ section.name }}", "section{{ loop.index }}", WIDTH)
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p if checklist.specs %}")
    entry(document, '{{ _("Technical deviation table") }}', "specs", WIDTH)
    document.add_paragraph("{%p endif %}")
    entry(document, '{{ _("Sources") }}', "sources", WIDTH)


def head(document: Any) -> None:
    document.add_paragraph(
        '{{ _("Bid checklist") }} · {{ phase }} · {{ _("as of") }} {{ checklist.made_at | moment }} {{ _("Beijing time (UTC+8)") }}',
        style="Soft",
    )
    document.add_paragraph("{{ checklist.name }}", style="Title")
    meta = document.add_table(rows=4, cols=4)
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
        (
            '{{ _("Bidding entity") }}',
            '{{ checklist.bidder or _("not decided yet") }}',
            '{{ _("Tracked since") }}',
            '{% if checklist.tracked_since %}{{ checklist.tracked_since | day }}{% else %}{{ _("not tracked yet") }}{% endif %}',
        ),
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
    only(
        document,
        "news",
        "Warning",
        '{{ _("Since the list was last looked at:") }} {% for name, count in news %}{{ name }} {{ count }}{{ _(", ") if not loop.last }}{% endfor %}',
    )
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


def work(kept: str) -> list[tuple[str, str]]:
    """Paragraphs on who has it, what proves it, who said so, where somebody did."""
    return [("Normal", f"{{%p if {kept} %}}"), ("Soft", said_of(kept)), ("Normal", "{%p endif %}")]


def said_of(kept: str) -> str:
    return (
        f'{{% if {kept}.owner %}}{{{{ _("Owner") }}}} {{{{ {kept}.owner }}}}　{{% endif %}}{{{{ {kept}.evidence | clip(160) }}}}'
        f"　{{{{ {kept}.by }}}} {{{{ {kept}.at | short }}}}"
    )


def plan(document: Any) -> None:
    heading(document, '{{ _("Plan, counted back from the deadline") }}', "plan", "101")
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
            (9, "", "{{ box(step.kept) }}"),
            (50, '{{ _("Day") }}', late),
            (106, '{{ _("Step") }}', [("Normal", "{{ step.text }}"), *work("step.kept")]),
            (20, '{{ _("Who") }}', "{{ who_name[step.who] }}"),
            (
                WIDTH - 181,
                '{{ _("Why") }}',
                [("Soft", '{{ step.due.why }}{% if step.due.provisional %} · {{ _("provisional") }}{% endif %}')],
            ),
        ],
    )
    document.add_paragraph(
        '{{ _("Targets of the team in working days, no legal deadlines; change them in config/checklists/plan.yaml, or one day with `chebiao checklist set`.") }}',
        style="Soft",
    )
    document.add_paragraph("{%p endif %}")


def dates(document: Any) -> None:
    heading(document, '{{ _("All dates") }} · {{ _("Beijing time (UTC+8)") }}', "dates", "102")
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
                        "{% if row.rule_id %}{{ row.legal_ref | legal }}{% elif row.source in numbers %}[{{ numbers[row.source] }}] {{ row.label }}{% endif %}",
                    )
                ],
            ),
        ],
    )


def lines(document: Any) -> None:
    document.add_paragraph("{%p for section in checklist.sections %}")
    heading(document, "{{ loop.index }} · {{ section.name }}", "section{{ loop.index }}", "{{ loop.index }}")
    what = [
        (
            "Normal",
            '{{ line.text }}{% if line.round > 1 %}　〔{{ _("round %(n)s", n=line.round) }}〕{% elif line.each_round %}　〔{{ _("in each round") }}〕{% endif %}{% if line.change %}　〔{{ change_name[line.change] }}〕{% endif %}',
        ),
        ("Soft", "{% if line.note %}{{ line.note }}\n{% endif %}{{ grounds(line.legal) }}"),
        *work("line.kept"),
    ]
    says = [
        ("Normal", "{%p if line.says %}"),
        (
            "Quote words",
            "{% for quote in line.says %}{{ said(quote) | clip(400) }} {% if quote.place %}〔{{ quote.source }} {{ quote.place }}〕{% elif quote.source in numbers %}[{{ numbers[quote.source] }}]{% endif %}{{ '\\n' if not loop.last }}{% endfor %}",
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
        "(line.kept and line.kept.status == 'check-again') or (not line.kept and line.status == 'find')",
        "Find out",
        "{{ line.state }}",
        "{{ line.state }}",
    )
    table(
        document,
        "line in section.lines",
        [
            (9, "", "{{ box(line.kept) }}"),
            (92, '{{ _("What") }}', what),
            (WIDTH - 191, '{{ _("The notice says") }}', says),
            (18, '{{ _("Who") }}', "{{ who_name[line.who] }}"),
            (40, '{{ _("Due") }}', due),
            (32, '{{ _("Status") }}', status),
        ],
    )
    document.add_paragraph("{%p endfor %}")


def dropped(document: Any) -> None:
    document.add_paragraph("{%p if checklist.dropped %}")
    document.add_paragraph('{{ _("No longer asked; the work on it is kept") }}', style="Heading 1")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p for each in checklist.dropped %}")
    document.add_paragraph("{{ each.text }}　{% if each.kept %}" + said_of("each.kept") + "{% endif %}", style="Soft")
    document.add_paragraph("{%p endfor %}")


def specs(document: Any) -> None:
    document.add_paragraph("{%p if checklist.specs %}")
    heading(document, '{{ _("Technical deviation table") }}', "specs", "103")
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
    heading(document, '{{ _("Sources") }}', "sources", "104")
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
    for part in (head, contents, plan, dates, lines, dropped, specs, sources):
        part(document)
    nameless(document)
    return document


if __name__ == "__main__":
    make().save(str(Path(__file__).with_name("checklist.docx")))
