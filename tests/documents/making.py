"""Tender documents of our own, written once in a small markup and made into PDF, Word and HTML as agencies make them.

Markup, one line each: `# ` chapter, `## ` section, `| a | b |` row of a table (the first row is its head), `---` page
break, `@cover a|b` cover page, `@toc` table of contents; anything else is a paragraph.
"""

import html
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import docx
from docx.enum.text import WD_BREAK

HERE = Path(__file__).parent / "tenders"
STYLE = """
@page { size: A4; margin: 2.8cm 2.7cm; }
body { font-family: "Noto Serif CJK SC"; font-size: 16pt; line-height: 2; }
h1 { font-size: 20pt; text-align: center; } h2 { font-size: 16pt; }
p { margin: 0; text-indent: 2em; text-align: justify; }
table { border-collapse: collapse; width: 100%; font-size: 13pt; margin: .5em 0; }
td { border: 1px solid #000; padding: .35em .5em; }
.cover { padding-top: 6cm; text-align: center; } .cover p { text-indent: 0; margin: .8em 0; }
.break { break-after: page; }
.toc p { text-indent: 0; display: flex; } .toc i { flex: 1; overflow: hidden; white-space: nowrap; }
"""
HEAD = '<div style="font-size:9px;width:100%;text-align:center">{title}</div>'
FOOT = (
    '<div style="font-size:9px;width:100%;text-align:center">'
    '第 <span class="pageNumber"></span> 页 共 <span class="totalPages"></span> 页</div>'
)


@dataclass(frozen=True)
class Block:
    kind: str
    words: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(name: str) -> list[Block]:
    """The blocks of a document in tests/documents/tenders."""
    return list(parse((HERE / f"{name}.md").read_text(encoding="utf-8")))


def parse(text: str) -> Iterator[Block]:
    lines = [line for line in text.splitlines() if line.strip()]
    for is_row, group in groupby(lines, lambda line: line.startswith("|")):
        if is_row:
            yield Block(
                "table", rows=tuple(tuple(c.strip() for c in line.strip().strip("|").split("|")) for line in group)
            )
            continue
        for line in group:
            if line == "---":
                yield Block("break")
            elif line.startswith("@toc"):
                yield Block("toc")
            elif line.startswith("@cover "):
                yield Block("cover", line.removeprefix("@cover "))
            elif line.startswith("#"):
                marks, _, words = line.partition(" ")
                yield Block(f"h{len(marks)}", words)
            else:
                yield Block("p", line)


def as_html(document: list[Block], *, merge: bool = True) -> str:
    """A page as agencies print it; equal cells of the first column of a scoring table are one tall cell."""
    out = [f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body>"]
    chapters = [each.words for each in document if each.kind == "h1"]
    for each in document:
        words = html.escape(each.words)
        if each.kind == "break":
            out.append('<div class="break"></div>')
        elif each.kind == "cover":
            out.append('<div class="cover break">' + "".join(f"<p>{line}</p>" for line in words.split("|")) + "</div>")
        elif each.kind == "toc":
            lines = "".join(f"<p>{html.escape(c)}<i>{'.' * 200}</i>{3 + 8 * n}</p>" for n, c in enumerate(chapters))
            out.append(f'<div class="toc break"><h1>目录</h1>{lines}</div>')
        elif each.kind == "table":
            out.append(_html_table(each.rows, merge))
        else:
            out.append(f"<{each.kind}>{words}</{each.kind}>")
    return "\n".join(out)


def _html_table(rows: tuple[tuple[str, ...], ...], merge: bool) -> str:
    out = ["<table>"]
    covered = 0
    for n, cells in enumerate(rows):
        out.append("<tr>")
        for column, cell in enumerate(cells):
            tall = 1
            if column == 0 and merge and n and "部分" in cell:
                if covered:
                    covered -= 1
                    continue
                tall = sum(1 for other in rows[n:] if other[0] == cell)
                covered = tall - 1
            out.append(f"<td{f' rowspan={tall}' if tall > 1 else ''}>{html.escape(cell)}</td>")
        out.append("</tr>")
    return "".join(out) + "</table>"


def as_pdf(document: list[Block], into: Path, title: str = "招标文件") -> Path:
    """Printed by Chromium, with a running head and page numbers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(as_html(document))
        page.pdf(
            path=into,
            format="A4",
            display_header_footer=True,
            header_template=HEAD.format(title=title),
            footer_template=FOOT,
            prefer_css_page_size=True,
        )
        browser.close()
    return into


def as_docx(document: list[Block], into: Path) -> Path:
    """In Word: headings by style, tables with merged cells."""
    made = docx.Document()
    for each in document:
        if each.kind == "break":
            made.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        elif each.kind == "cover":
            for line in each.words.split("|"):
                made.add_paragraph(line)
        elif each.kind == "toc":
            made.add_paragraph("目录")
            for n, other in enumerate(o for o in document if o.kind == "h1"):
                made.add_paragraph(f"{other.words}\t{3 + 8 * n}")
        elif each.kind == "table":
            _word_table(made, each.rows)
        elif each.kind == "p":
            made.add_paragraph(each.words)
        else:
            made.add_heading(each.words, int(each.kind[1]))
    made.save(str(into))
    return into


def _word_table(made: "docx.document.Document", rows: tuple[tuple[str, ...], ...]) -> None:
    table = made.add_table(len(rows), len(rows[0]))
    for n, cells in enumerate(rows):
        for column, words in enumerate(cells):
            table.cell(n, column).text = words
    for words, group in groupby(range(1, len(rows)), key=lambda n: rows[n][0]):
        same = list(group)
        if "部分" in words and len(same) > 1:
            table.cell(same[0], 0).merge(table.cell(same[-1], 0)).text = words
