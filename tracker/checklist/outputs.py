"""A checklist as a page, a Word file, a workbook, text, JSON. All in the language of the moment."""

from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tracker import present, sheets
from tracker.checklist.model import (
    CHANGES,
    DEVIATIONS,
    ITEM_STATUS,
    OUTCOMES,
    PHASES,
    STATUS,
    WHO,
    Amount,
    Checklist,
    DateRow,
    Due,
    Kept,
    Legal,
    Line,
    Quote,
    Status,
)
from tracker.i18n import _, current
from tracker.pages import environment, templates
from tracker.sheetlook import FONT, INK, SOFT, dress, file_of, for_paper, tint

FORMATS = ("html", "pdf", "docx", "xlsx", "json", "text")


def html(checklist: Checklist) -> str:
    """One page for A4, light and dark, with nothing outside it."""
    return environment().get_template("checklist/checklist.html").render(_values(checklist))


def text(checklist: Checklist, width: int = 80) -> str:
    """For a terminal, folded at `width` columns."""
    made = environment().get_template("checklist/checklist.txt").render(_values(checklist))
    return present.fold_text(made, width)


def word(checklist: Checklist) -> bytes:
    """A Word file made from templates/checklist/checklist.docx."""
    made = DocxTemplate(templates() / "checklist" / "checklist.docx")
    # docxtpl's own environment escapes nothing and prints nothing for a missing name (pitfalls JJ4).
    inner = Environment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    inner.install_gettext_callables(_, lambda one, many, n: _(one) if n == 1 else _(many), newstyle=True)  # type: ignore[attr-defined]  # i18n
    inner.filters |= environment().filters
    made.render(_values(checklist), jinja_env=inner, autoescape=True)
    properties = made.docx.core_properties
    properties.title = f"{_('Bid checklist')} {checklist.name}"[:250]
    properties.author = properties.last_modified_by = checklist.bidder
    properties.comments = properties.keywords = ""
    properties.created = properties.modified = checklist.made_at
    properties.revision = 1
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def _values(checklist: Checklist) -> dict[str, Any]:
    """What the templates may use beside the filters of the environment."""
    notices = {source.key: source for source in checklist.sources}
    return {
        "checklist": checklist,
        "notices": notices,
        "numbers": {key: n for n, key in enumerate(notices, 1)},
        "phase": PHASES[checklist.phase],
        "status_name": STATUS,
        "work_name": ITEM_STATUS,
        "change_name": CHANGES,
        "news": _news(checklist),
        "tick": tick,
        "box": box,
        "who_name": WHO,
        "outcome_name": OUTCOMES,
        "due": partial(due_words, now=checklist.made_at),
        "when": partial(date_words, now=checklist.made_at),
        "said": said,
        "grounds": grounds,
        "deviations": DEVIATIONS,
        "lang": "zh-CN" if current().startswith("zh") else "en",
    }


def _news(checklist: Checklist) -> list[tuple[str, int]]:
    """How many lines the last corrections and documents added, changed and dropped, and put back to be checked."""
    found = [
        (str(name), sum(line.change == change for line in checklist.lines))
        for change, name in CHANGES.items()
        if change != "dropped"
    ]
    found.append((str(CHANGES["dropped"]), len(checklist.dropped)))
    found.append((str(ITEM_STATUS["check-again"]), checklist.worked("check-again")))
    return [(name, count) for name, count in found if count]


TICKS = {"done": "✓", "not-applicable": "–", "doing": "…", "check-again": "!"}


def tick(kept: Kept | None) -> str:
    """One sign for how an item stands; a blank where it is open."""
    return TICKS.get(kept.status, " ") if kept else " "


def box(kept: Kept | None) -> str:
    """A box on paper, ticked where a person settled the item."""
    return {"done": "☑", "not-applicable": "—"}.get(kept.status, "☐") if kept else "☐"


def due_words(due: Due, now: datetime) -> str:
    """`11-30 周一`, late ones as today."""
    return present.moment(due.at, due.precision, now)


def date_words(row: DateRow, now: datetime) -> str:
    """The date as printed; where two places disagree, from the earlier to the later."""
    first = present.moment(row.earliest, row.precision, now)
    if not row.conflict:
        return first
    return f"{first} / {present.moment(row.latest, row.precision, now)}"


def said(quote: Quote) -> str:
    """The words with their lot and label before them."""
    lot = _("lot {no}").format(no=quote.lot) if quote.lot else ""
    label = quote.label if quote.label not in quote.words else ""
    head = " ".join(part for part in (lot, label) if part)
    return f"{head}：{quote.words}" if head else quote.words


def amount_words(amount: Amount) -> str:
    """The sum, or the words where they name several."""
    return present.money(amount.hundredths) or (said(amount.quote) if amount.quote else "")


def grounds(legal: tuple[Legal, ...]) -> str:
    """`M87 18 · GPR 31`, each once."""
    return " · ".join(dict.fromkeys(each.ref for each in legal if each.ref))


# --- workbook -------------------------------------------------------------------------------------------------------


def excel(checklist: Checklist) -> bytes:
    """A workbook: overview, plan and dates, lines, technical deviation; filters, frozen headings, text as text."""
    book = sheets.workbook(checklist.made_at, checklist.bidder)
    _overview(sheets.add_sheet(book, _("Overview")), checklist)
    _plan(sheets.add_sheet(book, _("Plan")), checklist)
    _dates(sheets.add_sheet(book, _("Dates")), checklist)
    _lines(sheets.add_sheet(book, _("Checklist")), checklist)
    if checklist.specs:
        _specs(sheets.add_sheet(book, _("Technical deviation")), checklist)
    _sources(sheets.add_sheet(book, _("Sources")), checklist)
    for sheet in book.worksheets:
        for_paper(sheet)
    return file_of(book)


def _overview(sheet: Worksheet, checklist: Checklist) -> None:
    rows: list[tuple[str, sheets.Value]] = [
        (_("Project"), checklist.name),
        (_("Number"), checklist.number or _("to be found out")),
        (_("Buyer"), checklist.buyer or _("to be found out")),
        (_("Agency"), checklist.agency or _("to be found out")),
        (_("Region"), checklist.region),
        (_("Law"), str(checklist.regime_name)),
        (_("Method"), str(checklist.method_name)),
        (_("Stage"), f"{PHASES[checklist.phase]} · {checklist.stage}"),
        (_("Bidding entity"), checklist.bidder or _("not decided yet")),
        (f"{_('As of')}（{sheets.ZONE_HEADING}）", checklist.made_at),
    ]
    rows += [(str(each.name), amount_words(each)) for each in checklist.amounts]
    for lot in checklist.lots:
        goods = "、".join(
            f"{each.name if each.name != lot.name else ''} {present.count(each.quantity)}{each.unit}".strip()
            for each in lot.goods
        )
        parts = (lot.name, goods, present.money(lot.budget), str(OUTCOMES.get(lot.outcome, "")))
        rows.append((_("lot {no}").format(no=lot.no), " · ".join(part for part in parts if part)))
    rows += [(str(name), checklist.worked(each)) for each, name in ITEM_STATUS.items() if checklist.worked(each)]
    rows += [(str(STATUS[status]), checklist.count(status)) for status in STATUS]
    rows += [(name, count) for name, count in _news(checklist)]
    rows += [(_("Attention"), str(warning)) for warning in checklist.warnings]
    for each in checklist.conflicts:
        values = " / ".join(rival.value for rival in each.values)
        rows.append((_("Contradiction"), f"{each.field}: {values}"))
    for row in rows:
        sheets.append(sheet, row)
    dress(sheet, (24, 96), head=False)
    for cell in sheet["A"]:
        cell.font = Font(name=FONT, size=10, bold=True, color=SOFT)
    sheet["B1"].font = Font(name=FONT, size=14, bold=True, color=INK)


def _plan(sheet: Worksheet, checklist: Checklist) -> None:
    day = _("Day")
    sheets.append(
        sheet,
        (f"{day}（{sheets.ZONE_HEADING}）", _("Step"), _("Who"), _("Why"), _("State"), _("Planned"), _("Done by")),
    )
    for step in checklist.plan.steps:
        state = _("late: today or drop") if step.due.late else _("provisional") if step.due.provisional else ""
        if step.kept is not None:
            state = "；".join(part for part in (str(ITEM_STATUS[step.kept.status]), state) if part)
        by = _by(step.kept)
        row = sheets.append(
            sheet,
            (step.due.at, str(step.text), str(WHO[step.who]), str(step.due.why), state, f"{step.planned}", by),
        )
        sheet.cell(row, 1).number_format = "yyyy-mm-dd"
    dress(sheet, (22, 52, 10, 48, 20, 14, 16))
    tint(sheet, f'ISNUMBER(SEARCH("{_("late: today or drop")}",$E2))', "late", "A", "G")


def _by(kept: Kept | None) -> str:
    """Who said so, and when."""
    return f"{kept.by} {present.short(kept.at)}" if kept is not None and kept.at is not None else ""


def _dates(sheet: Worksheet, checklist: Checklist) -> None:
    head = (_("Date"), f"{_('From')}（{sheets.ZONE_HEADING}）", f"{_('To')}（{sheets.ZONE_HEADING}）")
    sheets.append(sheet, (*head, _("lot"), _("Words or rule"), _("Law"), _("Source"), _("Remark")))
    for each in checklist.dates:
        remarks = [
            _("contradiction: {values}").format(values=" / ".join(rival.value for rival in each.conflict))
            if each.conflict
            else "",
            _("before: {values}").format(values=" → ".join(rival.value for rival in each.history))
            if each.history
            else "",
            _("provisional") if each.provisional else "",
            str(each.check) if each.check else "",
        ]
        values = (
            str(each.name),
            each.earliest,
            each.latest if each.precision == "minute" else each.latest - timedelta(minutes=1),  # 24:00 is that day
            each.lot,
            str(each.words),
            present.legal(each.legal_ref),
            each.source,
            "；".join(remark for remark in remarks if remark),
        )
        row = sheets.append(sheet, values)
        if each.precision != "minute":
            sheet.cell(row, 2).number_format = sheet.cell(row, 3).number_format = "yyyy-mm-dd"
    dress(sheet, (30, 22, 22, 8, 60, 18, 26, 44))


def _lines(sheet: Worksheet, checklist: Checklist) -> None:
    head = (_("Section"), _("What"), _("The notice says"), _("Who"), f"{_('Due')}（{sheets.ZONE_HEADING}）", _("Why"))
    sheets.append(sheet, (*head, _("Status"), _("Owner"), _("Remark"), _("Law"), _("Source"), _("No.")))
    for section in checklist.sections:
        for line in section.lines:
            row = sheets.append(sheet, _row(line, str(section.name)))
            if line.due and line.due.precision != "minute":
                sheet.cell(row, 5).number_format = "yyyy-mm-dd"
    for gone in checklist.dropped:
        evidence = gone.kept.evidence if gone.kept else ""
        sheets.append(
            sheet,
            ("", str(gone.text), "", "", None, "", str(CHANGES["dropped"]), _by(gone.kept), evidence, "", "", gone.id),
        )
    dress(sheet, (10, 40, 44, 7, 15, 22, 12, 10, 22, 14, 16, 18))
    statuses: tuple[Status, ...] = ("find", "known")
    for status in statuses:
        tint(sheet, f'$G2="{STATUS[status]}"', status, "G")
    tint(sheet, f'$G2="{ITEM_STATUS["done"]}"', "known", "G")
    tint(sheet, f'$G2="{ITEM_STATUS["check-again"]}"', "late", "G")
    choice = DataValidation(type="list", formula1='"' + ",".join(str(each) for each in ITEM_STATUS.values()) + '"')
    choice.showErrorMessage = False  # what derivation says of a line may stand there, too
    sheet.add_data_validation(choice)
    choice.add(f"G2:G{max(sheet.max_row, 2)}")
    tint(sheet, f'ISNUMBER(SEARCH("{_("late: today or drop")}",$F2))', "late", "E")


def _row(line: Line, section: str) -> tuple[sheets.Value, ...]:
    nothing = _("to be found out") if line.asks else ""
    due = line.due
    late = f"{_('late: today or drop')}；" if due and due.late else f"{_('over')}；" if due and due.passed else ""
    kept = line.kept
    again = _("round {n}").format(n=line.round) if line.round > 1 else _("in each round") if line.each_round else ""
    remarks = [
        str(CHANGES[line.change]) if line.change else "",
        _("before: {values}").format(values=" / ".join(line.was)) if line.was else "",
        kept.evidence if kept else "",
        _by(kept) if kept and kept.owner else "",
    ]
    return (
        section,
        "\n".join(str(each) for each in (line.text, line.note, again) if each),
        "\n".join(said(quote) for quote in line.says) or nothing,
        str(WHO[line.who]),
        due.at if due else None,
        f"{late}{due.why}" if due else "",
        str(line.state),
        (kept.owner or _by(kept)) if kept else "",
        "\n".join(remark for remark in remarks if remark),
        grounds(line.legal),
        "\n".join(dict.fromkeys(" · ".join(filter(None, (quote.source, quote.place))) for quote in line.says)),
        line.id,
    )


def _specs(sheet: Worksheet, checklist: Checklist) -> None:
    head = (_("lot"), _("Goods"), _("Type"), _("Point"), "★▲", _("Asked"))
    sheets.append(sheet, (*head, _("Ours"), _("Deviation"), _("Proof, page")))
    for table in checklist.specs:
        goods = table.goods
        name = f"{goods.name} {present.count(goods.quantity)}{goods.unit}".strip() if goods else ""
        for point in table.points:
            asked = "\n".join(quote.words for quote in point.required) or _("to be found out")
            lot = goods.lot if goods else ""
            sheets.append(sheet, (lot, name, str(table.name), str(point.name), point.mark, asked, "", "", ""))
    dress(sheet, (8, 28, 18, 40, 7, 56, 40, 14, 20))
    choice = DataValidation(type="list", formula1='"' + ",".join(str(each) for each in DEVIATIONS) + '"')
    sheet.add_data_validation(choice)
    choice.add(f"H2:H{max(sheet.max_row, 2)}")
    tint(sheet, f'$F2="{_("to be found out")}"', "find", "F")


def _sources(sheet: Worksheet, checklist: Checklist) -> None:
    head = (_("Source"), _("Portal"), _("Title"), f"{_('Published')}（{sheets.ZONE_HEADING}）")
    sheets.append(sheet, (*head, _("Version"), _("Address")))
    for each in checklist.sources:
        sheets.append(sheet, (each.key, each.portal, each.title, each.published, each.version, each.url))
    for law in checklist.laws:
        read = _("known at second hand") if law.read != "text" else ""
        sheets.append(sheet, (law.short, read, law.name))
    dress(sheet, (26, 24, 60, 24, 10, 70))
