"""The matrix as a workbook, and the same workbook read back when the answers have been filled in.

A row is known by its key, and carries a stamp of the version and words it was made from: a row nobody filled in changes
nothing; what somebody else changed meanwhile, or what is asked otherwise now, is shown beside the workbook's words and
stays as it is stored. An empty cell never takes an answer away.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from sqlalchemy import Connection

from crawler.clock import now
from crawler.text import one_line
from tracker import present, sheets
from tracker.bidding.matrix import AGAIN, DEVIATIONS, STATUSES, Answer, Matrix, matrix, set_each
from tracker.decisions import Mistake
from tracker.documents.formats.ooxml import check
from tracker.documents.words import KINDS
from tracker.i18n import _, language
from tracker.sheetlook import Column, add_table, file_of, tint
from tracker.team.people import PersonError, person

COLUMNS: Final[tuple[tuple[str, str, int], ...]] = (
    ("kind", "Kind", 10),
    ("mark", "★▲", 5),
    ("lot", "lot", 6),
    ("words", "Requirement, verbatim", 46),
    ("source", "Source", 22),
    ("points", "Points", 7),
    ("status", "Status", 10),
    ("owner", "Owner", 10),
    ("answer", "Our answer", 30),
    ("deviation", "Deviation", 10),
    ("place", "Where in our bid", 16),
    ("evidence", "Evidence", 20),
    ("remark", "Remark", 18),
    ("key", "No.", 18),
    ("stamp", "Stamp", 7),
)
"""Field, heading (a msgid) and width, in their order."""
FILLED: Final = ("status", "owner", "answer", "deviation", "place", "evidence")
"""The columns people fill in."""
LANGUAGES: Final = ("zh_CN", "en")
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, NotImplementedError),
    *(ValueError, LookupError, TypeError, AttributeError, SyntaxError),
)
"""What openpyxl raises at a damaged file."""
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
TOLD = 20
"""Mistakes that are named at once."""


# --- out ------------------------------------------------------------------------------------------------------------


def matrix_excel(matrix: Matrix) -> bytes:
    """A workbook to work in: every row, filters, a choice for status and deviation; text stays text."""
    book = sheets.workbook(matrix.made_at, matrix.bidder)
    columns = [Column(_(title), width) for _field, title, width in COLUMNS]
    at = {field: get_column_letter(n) for n, (field, _title, _width) in enumerate(COLUMNS, 1)}
    sheet = add_table(book, _("Compliance matrix"), columns, map(_cells, matrix.ours))
    choices = {"status": list(STATUSES.values()), "deviation": [name for key, name in DEVIATIONS.items() if key]}
    for field, words in choices.items():
        choice = DataValidation(type="list", formula1='"' + ",".join(_(each) for each in words) + '"')
        sheet.add_data_validation(choice)
        choice.add(f"{at[field]}2:{at[field]}{max(sheet.max_row, 2)}")
    sheet.column_dimensions[at["stamp"]].hidden = True
    status, deviation = f"${at['status']}2", f"${at['deviation']}2"
    missed = f'AND(${at["mark"]}2="★",OR({deviation}="{_(DEVIATIONS["worse"])}",{deviation}="{_(DEVIATIONS["none"])}"))'
    tint(sheet, missed, "late", "A", at["key"])
    tint(sheet, f'{status}="{_(STATUSES["open"])}"', "find", at["status"])
    tint(sheet, f'OR({status}="{_(STATUSES["reviewed"])}",{status}="{_(STATUSES["done"])}")', "known", at["status"])
    if matrix.dropped:
        fields = ("key", "words", "answer", "place", "evidence")
        gone = [column for column, (field, _title, _width) in zip(columns, COLUMNS, strict=True) if field in fields]
        rows = [(row.words, row.answer, row.place, row.evidence, row.key) for row in matrix.dropped]
        add_table(book, _("No longer asked"), gone, rows)
    return file_of(book)


def _cells(row: Answer) -> tuple[sheets.Value, ...]:
    remarks = [
        _(AGAIN[row.again]) if row.again else "",
        _("corrected by {place}").format(place=row.corrected) if row.corrected and not row.unplaced else "",
        _("clause not found") if row.unplaced else "",
        _("before: {values}").format(values=row.was) if row.was else "",
        f"{row.by} {present.short(row.at)}" if row.at else "",
    ]
    values: dict[str, sheets.Value] = {
        "kind": _(KINDS[row.kind]),
        "mark": row.mark,
        "lot": row.lot,
        "words": row.words,
        "source": " · ".join(part for part in (row.source, row.place_asked) if part),
        "points": row.points / 100 if row.points is not None else None,
        "remark": "\n".join(part for part in remarks if part),
        "key": row.key,
        "stamp": f"{row.version}-{_digest(_filled(row))}",
    }
    return tuple((values | _filled(row)).get(field) for field, _title, _width in COLUMNS)


def _filled(row: Answer) -> dict[str, str]:
    """What stands in the columns that people fill in."""
    return {
        "status": _(STATUSES[row.status]),
        "owner": row.owner,
        "answer": row.answer,
        "deviation": _(DEVIATIONS[row.deviation]) if row.deviation else "",
        "place": row.place,
        "evidence": "\n".join(part for part in (row.evidence, row.credential) if part),
    }


def _digest(cells: Mapping[str, str]) -> str:
    said = "\x1f".join(sheets.plain(cells[field]).strip() for field in FILLED)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


# --- back -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conflict:
    """A row that was not taken over: what the workbook says beside what is stored."""

    where: str
    """Sheet and row."""
    why: str
    words: str
    """The requirement as it stands now."""
    fields: tuple[tuple[str, str, str], ...]
    """Heading, the workbook's words, ours."""


@dataclass(frozen=True)
class Imported:
    kept: tuple[Answer, ...]
    """The rows that were changed."""
    same: int
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class _Row:
    sheet: str
    number: int
    cells: Mapping[str, str]
    letters: Mapping[str, str]

    @property
    def where(self) -> str:
        return _("sheet {sheet}, row {row}").format(sheet=self.sheet, row=self.number)

    def cell(self, field: str) -> str:
        """`sheet 响应对照表, cell G7`."""
        at = f"{self.letters[field]}{self.number}"
        return _("sheet {sheet}, cell {cell}").format(sheet=self.sheet, cell=at)


def import_matrix(connection: Connection, who: str, identity: int, content: bytes, *, over: bool = False) -> Imported:
    """Answers from a workbook that `matrix_excel` made and people filled in; all of them, or none at a mistake.

    `over`: where an answer was changed meanwhile, the workbook's words take its place. A requirement whose own words
    have changed is never answered by a workbook that shows the old ones. Raises Mistake, PersonError.
    """
    shown = matrix(connection, identity, now())
    by_key = {row.key: row for row in shown.rows}
    successor = {key: row for row in shown.rows for key in row.former if key not in by_key}
    mistakes: list[str] = []
    wanted: list[tuple[str, dict[str, Any], int | None]] = []
    conflicts: list[Conflict] = []
    same, seen = 0, dict[str, _Row]()
    for row in _rows(content):
        key = row.cells["key"]
        if key in seen:
            mistakes.append(
                _("{where}: the number {key} stands in row {row}, too; leave one of them").format(
                    where=row.cell("key"), key=key, row=seen[key].number
                )
            )
            continue
        seen[key] = row
        version, _dash, digest = row.cells["stamp"].partition("-")
        if digest == _digest(row.cells):
            same += 1
            continue
        asked = by_key.get(key)
        values, wrong = _values(connection, row, asked)
        mistakes += wrong
        if not values:
            same += 1
        elif asked is None:
            conflicts.append(_gone(row, values, successor.get(key)))
        elif (version != str(asked.version) if version else asked.version) and not over:
            when = present.short(asked.at) if asked.at else "–"
            why = _("changed meanwhile by {name}, {when}").format(name=asked.by, when=when)
            conflicts.append(_conflict(row, why, values, asked))
        else:
            wanted.append((key, values, None if over else asked.version))
    if mistakes:
        more = [_("and {n} more").format(n=len(mistakes) - TOLD)] if len(mistakes) > TOLD else []
        raise Mistake("\n".join([*mistakes[:TOLD], *more]))
    done = set_each(connection, who, identity, wanted) if wanted else []
    return Imported(tuple(done), same, tuple(conflicts))


def _values(connection: Connection, row: _Row, stored: Answer | None) -> tuple[dict[str, Any], list[str]]:
    """What a row says that is not stored so, and what is wrong with it."""
    before = _filled(stored) if stored else dict.fromkeys(FILLED, "")
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for field in FILLED:
        said = row.cells[field]
        if not said or said == sheets.plain(before[field]).strip() or said.endswith(sheets.CUT):
            continue
        if field in ("status", "deviation"):
            named = _named(STATUSES if field == "status" else DEVIATIONS)
            if said not in named:
                known = "、".join(
                    dict.fromkeys(_(name) for name in (STATUSES if field == "status" else DEVIATIONS).values())
                )
                wrong.append(
                    _("{where}: {value!r} is not known; write one of: {known}").format(
                        where=row.cell(field), value=one_line(said, 40), known=known
                    )
                )
                continue
            if named[said] and named[said] != (getattr(stored, field) if stored else ""):
                found[field] = named[said]
        elif field == "owner":
            try:
                found[field] = person(connection, said).name
            except PersonError as error:
                wrong.append(f"{row.cell(field)}: {error}")
        elif field == "evidence" and stored is not None and stored.credential:
            own = said.removesuffix(stored.credential).strip()
            found |= {field: own} if own and own != stored.evidence else {}
        else:
            found[field] = said
    return found, wrong


def _named(words: Mapping[Any, str]) -> dict[str, str]:
    """Ids by their names in every language, and by themselves."""
    found = {str(each): str(each) for each in words if each}
    for code in LANGUAGES:
        with language(code):
            found |= {_(name): str(each) for each, name in words.items()}
    return found


def _conflict(row: _Row, why: str, values: Mapping[str, Any], stored: Answer) -> Conflict:
    titles = {field: _(title) for field, title, _width in COLUMNS}
    ours = _filled(stored)
    fields = tuple((titles[field], row.cells[field], ours[field]) for field in values)
    return Conflict(row.where, why, stored.words, fields)


def _gone(row: _Row, values: Mapping[str, Any], now_asked: Answer | None) -> Conflict:
    if now_asked is not None:
        return _conflict(row, _("asked otherwise now; look at it and answer anew"), values, now_asked)
    titles = {field: _(title) for field, title, _width in COLUMNS}
    fields = tuple((titles[field], row.cells[field], "") for field in values)
    return Conflict(row.where, _("asked no more, or of another project"), row.cells["words"], fields)


def _rows(content: bytes) -> Iterator[_Row]:
    """The rows of the matrix's own sheet. Raises Mistake where the file is no such workbook."""
    if len(content) > MAX_BYTES:
        raise Mistake(_("the workbook has {size} MB; {most} are read").format(size=len(content) >> 20, most=20))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            refused = check(archive)
        if refused:
            raise Mistake(_("no workbook that can be read here; save it as .xlsx"))
        book = openpyxl.load_workbook(BytesIO(content), data_only=True, keep_links=False)
    except _BROKEN:
        raise Mistake(_("no workbook that can be read here; save it as .xlsx")) from None
    for sheet in book.worksheets:
        columns = _columns([_text(cell.value) for cell in sheet[1]]) if sheet.max_row else {}
        if {"key", "words", "answer", "status"} <= set(columns):
            break
    else:
        titles = ", ".join(
            _(title) for field, title, _width in COLUMNS if field in ("words", "answer", "status", "key")
        )
        raise Mistake(
            _(
                "no sheet has the columns {columns} in its first row; fill in the file of `matrix PROJECT -o FILE.xlsx`"
            ).format(columns=titles)
        )
    letters = {field: get_column_letter(at + 1) for field, at in columns.items()}
    if sheet.max_row > MAX_ROWS:
        raise Mistake(_("the sheet has {size} rows; {most} are read").format(size=sheet.max_row, most=MAX_ROWS))
    for number, cells in enumerate(sheet.iter_rows(min_row=2, values_only=True), 2):
        said = {
            field: _text(cells[columns[field]]) if field in columns and columns[field] < len(cells) else ""
            for field, _title, _width in COLUMNS
        }
        if said["key"]:
            yield _Row(sheet.title, number, said, letters | {field: "?" for field in FILLED if field not in letters})
        elif any(said[field] for field in ("answer", "place", "evidence")):
            where = _("sheet {sheet}, row {row}").format(sheet=sheet.title, row=number)
            raise Mistake(_("{where}: an answer without its number; copy the row's number back").format(where=where))


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """Where each field stands, by its heading in whatever language."""
    names: dict[str, str] = {}
    for code in LANGUAGES:
        with language(code):
            names |= {_(title): field for field, title, _width in COLUMNS}
    return {names[head]: at for at, head in enumerate(heads) if head in names}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
