"""Lists as files: CSV and Excel, row by row, through the one gate for cells (tracker/sheets.py)."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import IO, Literal

from fastapi.responses import Response, StreamingResponse

from tracker.sheets import Value, add_sheet, csv_text, workbook, write_only_row

Ending = Literal["csv", "xlsx"]
OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
}
CHUNK = 64 * 1024


def download(
    name: str, ending: Ending, titles: Sequence[str], rows: Iterable[Sequence[Value]], at: datetime
) -> Response:
    """A file of rows under a plain ASCII name. Rows are read while they are sent; no list is whole in memory."""
    content = _csv(titles, rows) if ending == "csv" else _xlsx(name, titles, rows, at)
    header = {"content-disposition": f'attachment; filename="{name}.{ending}"', "cache-control": "no-store"}
    return StreamingResponse(content, media_type=TYPES[ending], headers=header)


def _csv(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """With a byte order mark, by which Excel knows UTF-8."""
    yield b"\xef\xbb\xbf"
    line = io.StringIO()
    writer = csv.writer(line)
    for row in chain([titles], rows):
        writer.writerow([csv_text(each) for each in row])
        if line.tell() > CHUNK:
            yield line.getvalue().encode()
            line.seek(0)
            line.truncate()
    yield line.getvalue().encode()


def _xlsx(name: str, titles: Sequence[str], rows: Iterable[Sequence[Value]], at: datetime) -> Iterator[bytes]:
    """Written to a file that goes away, since a workbook is finished only at its end."""
    book = workbook(at, streamed=True)
    sheet = add_sheet(book, name)
    sheet.freeze_panes = "A2"
    for row in chain([titles], rows):
        write_only_row(sheet, row)
    file: IO[bytes]
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
