"""A sample notice, and the four ways the source systems of ccgp lay out its body.

A body is written once as sections of paragraphs, fields and grids; a template turns it into the HTML of one source
system: ccgp's own central form, 政采云 (zcy), gpcms, or the tables of Hebei and Chongqing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from crawler.notice import Kind

Template = Literal["central", "zcy", "gpcms", "table"]
Area = Literal["zygg", "dfgg"]
Vehicles = Literal["yes", "no", "mixed", "review"]
"""Whether a careful reader would say that the notice buys vehicles."""


@dataclass(frozen=True)
class File:
    """An attachment that the replica really serves."""

    name: str
    data: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(self.name.encode() + self.data).hexdigest()[:30].upper()


@dataclass(frozen=True)
class Field:
    """A labelled value; `code` is the number 政采云 gives to the value's slot."""

    label: str
    value: str
    code: str = ""


@dataclass(frozen=True)
class Grid:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...] = ()
    """Classes of the cells by column, as 政采云 prints them (`code-summaryPrice`)."""


Block = str | Field | Grid


@dataclass(frozen=True)
class Section:
    heading: str
    blocks: tuple[Block, ...] = ()
    numbered: bool = True


@dataclass(frozen=True)
class Sample:
    """One notice as the replica publishes it, with what a careful reader knows of it."""

    slug: str
    """How tests and people name it."""
    project: str
    """Notices of one purchase share it."""
    kind: Kind
    area: Area
    channel: str
    """Code of the list: gkzb, xjgg …"""
    title: str
    published: datetime
    """Aware, Asia/Shanghai."""
    region: str
    buyer: str
    number: str
    """Project number as printed."""
    summary: tuple[tuple[str, str], ...]
    """公告概要 above the body; a label that begins with `|` shares the row of the one before it, `#` heads a part."""
    body: str
    vehicles: Vehicles = "no"
    deadline: datetime | None = None
    """The moment bids, answers or applications are due, in the words that prevail; None where nothing is due."""
    files: tuple[File, ...] = ()
    """Served at the address its kind of attachment has."""
    batch: str | None = None
    """Path of the batch procurement list it stands in as well, such as `zy/zyzb`."""
    id: int = 0
    """The site's own number."""

    @property
    def path(self) -> str:
        month, day = f"{self.published:%Y%m}", f"{self.published:%Y%m%d}"
        return f"/cggg/{self.area}/{self.channel}/{month}/t{day}_{self.id}.htm"


NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")

GPCMS_SPANS = {
    "00004": "noticePurchase-purchaseProjectCode",
    "00003": "noticePurchase-purchaseProjectName",
    "00014": "noticePurchase-purchaserOrgName",
    "00018": "noticePurchase-purchaserOrgAddress",
    "00016": "noticePurchase-purchaserLinkPhone",
    "00009": "noticeAgency-agencyName",
    "00013": "noticeAgency-agentAddress",
    "00011": "noticeAgency-agentLinkPhone",
}


def headings(sections: tuple[Section, ...]) -> list[tuple[str, Section]]:
    """The sections with their headings as printed: numerals run over the numbered ones only."""
    numerals = iter(NUMERALS)
    return [(f"{next(numerals)}、{s.heading}" if s.numbered else s.heading, s) for s in sections]


def _cells(tag: str, cells: tuple[str, ...], attributes: tuple[str, ...] = (), default: str = "") -> str:
    marks = attributes + (default,) * (len(cells) - len(attributes))
    return "".join(f"<{tag}{m}>{escape(c)}</{tag}>" for c, m in zip(cells, marks, strict=True))


def central(sections: tuple[Section, ...], _files: tuple[File, ...]) -> str:
    """ccgp's own form: strong headings, one paragraph a line, wide blanks behind values."""
    edge = ' style="border-width: 1px 1pt 1pt; border-style: outset; padding: 0pt;"'

    def block(part: Block) -> str:
        match part:
            case Field(label, value):
                return f"<p>{escape(label)}：{escape(value)}　　　　　</p>"
            case Grid(header, rows):
                lines = [_cells("td", tuple(f"\xa0\xa0{c}\xa0\xa0" for c in r), (), edge) for r in (header, *rows)]
                inner = "".join(f"<tr>\t{line}\t</tr>\t" for line in lines)
                return f'<table border="3" cellpadding="0" cellspacing="0">\t<tbody>\t{inner}</tbody></table>'
            case str():
                return f"<p>{escape(part)}</p>"

    return "        ".join(
        f"<p><strong>{escape(heading)}</strong></p> {' '.join(map(block, section.blocks))}"
        for heading, section in headings(sections)
    )


def zcy(sections: tuple[Section, ...], files: tuple[File, ...]) -> str:
    """政采云: values in `samp.bookmark-item.code-…`, divs within divs, attachments in `ul.fjxx` under the text."""
    line = "font-size: 16px; line-height: 30px; text-indent: 2em;"

    def block(part: Block) -> str:
        match part:
            case Field(label, value, code) if code:
                slot = f"bookmark-item uuid-2000{code} code-{code} addWord single-line-text-input-box-cls"
                samp = f'<samp class="{slot}">{escape(value)}</samp>'
                return f'<p style="{line}"><span>{escape(label)}：</span>{samp}</p>'
            case Field(label, value):
                return f'<p style="{line}"><span>{escape(label)}：</span><span>{escape(value)}</span></p>'
            case Grid(header, rows, codes):
                classes = tuple(f' class="{c}"' if c else "" for c in codes)
                inner = "".join(f"<tr>{_cells('td', r, classes)}</tr>" for r in rows)
                head = f"<thead><tr>{_cells('th', header)}</tr></thead>"
                return (
                    '<div class="editable-table"><table class="template-bookmark" style="width: 100%;">'
                    f"{head}<tbody>{inner}</tbody></table></div>"
                )
            case str():
                return f'<p style="{line}"><span>{escape(part)}</span></p>'

    parts = "".join(
        f'<div><p style="margin: 17px 0;"><strong><span style="font-size: 18px;">{escape(heading)}</span></strong></p>'
        f'<div style="padding: 5px;">{"".join(map(block, section.blocks))}</div></div>'
        for heading, section in headings(sections)
    )
    tail = ""
    if files:
        rows = "".join(
            f'<li><p style="display:inline-block"><a href="/oss/{f.id}/{escape(f.name)}">{escape(f.name)}</a></p>'
            f'<p style="display:inline-block;margin-left:20px">{len(f.data) / 1024:.1f} K</p></li>'
            for f in files
        )
        tail = f'<p class="fjxx">附件信息：</p><ul class="fjxx">{rows}</ul>'
    return f'<div class="zcy-body"><div>{parts}</div>{tail}</div>'


GPCMS_STYLE = "".join(
    f"#noticeArea .u-{n} {{ font-family: SimSun; font-size: {n + 9}pt; line-height: {n + 20}px; margin: 0 {n}px; }}\n"
    for n in range(24)
)


def gpcms(sections: tuple[Section, ...], files: tuple[File, ...]) -> str:
    """gpcms: `div#noticeArea`, a long inline style, hidden notes of the template, links without a file extension."""

    def block(part: Block) -> str:
        match part:
            case Field(label, value, code):
                span = GPCMS_SPANS.get(code)
                mark = f' class="_notice_content_{span}"' if span else ""
                return f'<p class="u-3"><span>{escape(label)}：</span><span{mark}>{escape(value)}</span></p>'
            case Grid(header, rows):
                inner = "".join(f"<tr>{_cells('td', r)}</tr>" for r in rows)
                head = f"<tr>{_cells('th', header)}</tr>"
                return f'<table class="noticeTable" border="1"><tbody>{head}{inner}</tbody></table>'
            case str():
                return f'<p class="u-3">{escape(part)}</p>'

    parts = "".join(
        f'<h4 class="u-5">{escape(heading)}</h4><div class="innercontent">{"".join(map(block, section.blocks))}</div>'
        for heading, section in headings(sections)
    )
    tail = ""
    if files:
        links = "<br/>".join(
            f'<a href="/gpx-public-file?accessCode={f.id}" target="_blank">{escape(f.name)}</a>' for f in files
        )
        tail = f"<p>附件：</p><p>{links}</p>"
    note = '<span id="template-innerinfo" style="display:none">模板编号 0000 请勿删除</span>'
    return f'<div id="noticeArea"><style type="text/css">\n{GPCMS_STYLE}</style>{note}{parts}{tail}</div>'


def table(sections: tuple[Section, ...], _files: tuple[File, ...]) -> str:
    """Hebei and Chongqing: the whole notice is one table of labels and values."""

    def block(part: Block) -> str:
        match part:
            case Field(label, value):
                label_cell = f'<td width="25%" align="right">{escape(label)}</td>'
                return f"<tr>{label_cell}<td>{escape(value)}</td></tr>"
            case Grid(header, rows):
                inner = "".join(f"<tr>{_cells('td', r)}</tr>" for r in (header, *rows))
                return f'<tr><td colspan="2"><table width="100%" border="1">{inner}</table></td></tr>'
            case str():
                return f'<tr><td colspan="2">{escape(part)}</td></tr>'

    rows = "".join(
        f'<tr><td colspan="2" bgcolor="#f2f2f2"><b>{escape(heading)}</b></td></tr>{"".join(map(block, section.blocks))}'
        for heading, section in headings(sections)
    )
    return f'<table width="100%" border="1" cellspacing="0" cellpadding="4"><tbody>{rows}</tbody></table>'


TEMPLATES: dict[Template, Callable[[tuple[Section, ...], tuple[File, ...]], str]] = {
    "central": central,
    "zcy": zcy,
    "gpcms": gpcms,
    "table": table,
}
