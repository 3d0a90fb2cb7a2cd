# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""A notice's text laid out for reading: lines, sections, labels with their values.

Everything later modules ask is answered from one pass over the text. Offsets are those of the cleaned text.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.notice import Evidence, Issue, Source
from crawler.reading.labels import Labels, load
from crawler.text import fold

NUMBERING = re.compile(
    r"[ *#>★▲●■◆※•·【]*(?:第[一二三四五六七八九十]{1,3}[章节部分]+|[一二三四五六七八九十]{1,3} *[、.,．](?!\d)|\( *[一二三四五六七八九十\d]{1,3} *\)[、.]?"
    r"|\d{1,2}(?:\.\d{1,2}){0,3}(?:[、.,)](?!\d)| +(?=[一-龥])|(?=[一-龥★(]))|[①-⑳]|[A-Za-z][.、])? *[★▲*]? *"
)
_NUMBER_STARTS = frozenset(" *#>★▲●■◆※•·【第一二三四五六七八九十(0123456789①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")


def numbering_end(words: str) -> int:
    """Where the number or mark that a line begins with ends; 0 where it begins with neither."""
    if not words or not (words[0] in _NUMBER_STARTS or words[0] < "\x80"):
        return 0
    number = NUMBERING.match(words)
    return number.end() if number else 0


MAX_LINE = 400
"""Characters of a line that are looked back upon; a page without line breaks would else be read over and over."""


def line_start(folded: str, at: int, signs: str = "\n") -> int:
    """Where the line, or what else the signs divide, begins that holds an offset; at most MAX_LINE before it."""
    low = max(0, at - MAX_LINE)
    return max(low, *(folded.rfind(sign, low, at) + 1 for sign in signs))


_MAIN = re.compile(
    r"(?P<no>[一二三四五六七八九十](?<![第\n].)[一二三四五六七八九十]?)、(?P<words>[^\s:。;,一二三四五六七八九十]{2,30})(?=[:\s]|$)"
)
_ROLE = re.compile(
    r"(?<=[ 。;:\n])\d[.、] *(?P<words>(?:采购人|采购单位|招标人|采购代理机构|代理机构)信息|项目联系方式)(?=[ :]|$)",
    re.M,
)
_ASIDE = re.compile(r"\((?:如有|若有|如果有|网址|适用于.{2,20})\)$")
_WINDOW_BELOW = re.compile(r"\s*(?:\d{1,2}[.、]|\(\d\))? *(?:起止)?时 *间 *:")
_YEAR = re.compile(r"\d{4}")
_DATED_HEADING = re.compile(r"([^\d:]{4,40}?) +(?=(?:19|20)\d\d *[年./-])")
_OWN_LOT = re.compile(
    r"(?:^|[,。;:()\s])(?:第?[一二三四五六七八九十\d]{1,2}(?:采购)?(?:包|标段|标项)|(?:采购包|合同包|标项|标段|包)[一二三四五六七八九十\d]{1,2})的?$"
)
"""A lot right before a label: `第1包截止时间`."""
_CJK = re.compile(r"[一-龥A-Za-z\d]")
_DANGLING = re.compile(
    r"(?:\s*\n\s*(?:[一二三四五六七八九十]{1,3}、|\d{1,2}(?:\.\d{1,2})*[.、]?|\([一二三四五六七八九十\d]{1,3}\)))+\s*$"
)
_UNIT = re.compile(r"(?:单位)?[:: ]*(?:人民币)?(百万元|亿元|万元|千元|元)")
_UNKNOWN = re.compile(
    r"\n[ 一二三四五六七八九十\d、.()]*([一-龥]{2,14}(?:时间|金额|编号|名称|日期|地点|方式))(?:\([^()\n]{1,20}\))? *:"
)


class Section(NamedTuple):
    """A stretch of text under one heading."""

    start: int
    id: str
    heading: str
    body: int
    """Where the text behind the heading begins."""
    level: int
    """1 for 一、 and chapters, 2 for what stands below."""
    end: int = 0


class Hit(NamedTuple):
    """A known label with its value."""

    key: str
    rank: int
    label: str
    start: int
    value: int
    end: int
    section: str
    paren: str
    sep: str
    summary: bool = False

    @property
    def unit(self) -> str:
        """The unit the label carries in brackets, such as 万元; empty where it carries none."""
        found = _UNIT.search(self.paren)
        return found[1] if found else ""


@dataclass
class Sheet:
    """The laid-out text."""

    text: str
    folded: str
    sections: list[Section]
    hits: list[Hit]
    summary_end: int
    """Where the portal's summary ends and the body begins; 0 where there is no summary."""
    issues: list[Issue] = field(default_factory=list)
    by_key: dict[str, list[Hit]] = field(default_factory=dict)
    """Labels with a value, in order."""
    _starts: list[int] = field(default_factory=list)

    def of(self, *keys: str) -> list[Hit]:
        """Hits of these keys in the order of the keys, then of the text."""
        return [hit for key in keys for hit in self.by_key.get(key, ())]

    def section_at(self, offset: int) -> Section | None:
        index = bisect_right(self._starts, offset) - 1
        return self.sections[index] if index >= 0 else None

    def named(self, *ids: str) -> list[Section]:
        """Sections with one of these ids."""
        return [section for section in self.sections if section.id in ids]

    def words(self, hit: Hit) -> str:
        return self.text[hit.value : hit.end].strip()

    def evidence(self, start: int, end: int, label: str = "", rule: str = "") -> Evidence:
        """Words of the text as evidence, blanks at both ends left out."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        source: Source = "summary" if start < self.summary_end else "body"
        return Evidence(self.text[start:end], source, start, end, label, rule)


def lay_out(text: str) -> Sheet:
    """Lines, sections and labels of a cleaned text."""
    labels = load()
    folded = fold(text)
    summary_end = 0
    head = folded[:200].find("公告概要")
    if head >= 0:
        mark = folded.find("【正文】")
        summary_end = mark if mark > 0 else 0
    sections = _sections(folded, labels)
    sheet = Sheet(text, folded, sections, [], summary_end)
    sheet._starts = [section.start for section in sections]
    sheet.hits = _hits(sheet, labels)
    grouped: dict[str, list[Hit]] = defaultdict(list)
    for hit in sheet.hits:
        if sheet.text[hit.value : hit.end].strip():
            grouped[hit.key].append(hit)
    sheet.by_key = dict(grouped)
    sheet.issues = [
        Issue("label", match[1], "a label of this form is not in config/reading/labels.yaml")
        for match in _UNKNOWN.finditer("\n" + folded)
        if labels.key(match[1]) is None and labels.section(match[1]) is None
    ][:20]
    return sheet


def _sections(folded: str, labels: Labels) -> list[Section]:
    found: dict[int, Section] = {}
    offset = 0
    for line in folded.split("\n"):
        start, offset = offset, offset + len(line) + 1
        if not line.strip() or len(line) > 2000:
            continue
        at = numbering_end(line)
        marks = line[:at].strip()
        rest = line[at:]
        colon = rest.find(":")
        if not marks and (rest.endswith("|") or (colon > 0 and " " not in rest[:colon] and rest[colon + 1 :].strip())):
            continue  # a cell, or a label with its value
        heading = rest if colon < 0 else rest[:colon]
        if marks and (dated := _DATED_HEADING.match(heading)):
            heading, colon = dated[1], -1  # `四、提交投标文件截止时间、开标时间和地点 2026年9月16日 09时00分`
        if len(heading) > 48:
            continue
        role, blank, below = heading.strip().partition(" ")
        if blank and (labels.section(role) or "").startswith("role_") and labels.key(below):
            heading, colon = heading[: heading.index(role) + len(role)], -1  # `1.采购人信息 名称：…` on one line
        bare = "".join(heading.split()).rstrip("。.,;")
        bare = _ASIDE.sub("", bare) if bare.endswith(")") else bare
        if not bare or _YEAR.search(bare) or (not marks and colon >= 0 and rest[colon + 1 :].strip()):
            continue
        if not marks and line.rstrip().endswith("|"):
            continue  # a cell
        if not marks and (len(bare) > 26 or re.search(r"[。,;]", heading)):
            continue  # a sentence, not a heading
        section = labels.section(bare)
        if section is None:
            continue
        labelled = labels.key(bare) is not None and not section.startswith("role_")
        if labelled and section == "documents" and colon < 0 and _WINDOW_BELOW.match(folded, offset):
            labelled = False  # `获取招标文件` without its number, over `时间：…`
        if labelled and (not marks or (colon >= 0 and rest[colon + 1 :].strip() and marks[:1].isdigit())):
            continue  # a label with its value behind or below (`2.谈判时间：…`)
        body = start + at + (len(heading) + 1 if colon >= 0 else len(heading))
        level = (
            1
            if re.match(
                r"[ *]*(?:第|[一二三四五六七八九十]{1,3} *[、.])|\d{1,2}[.、](?!\d)(?=.{2,12}$)", line[:at] + bare
            )
            else 2
        )
        found[start] = Section(start, section, bare, body, level)
    for match in _MAIN.finditer(folded):
        words = match["words"]
        section = labels.section(words)
        if section and match.start() not in found:
            found[match.start()] = Section(match.start(), section, words, match.end(), 1)
    for match in _ROLE.finditer(folded):
        section = labels.section(match["words"])
        if section and match.start() not in found:
            found[match.start()] = Section(match.start(), section, match["words"], match.end(), 2)
    ordered = [found[start] for start in sorted(found)]
    ends = [*(section.start for section in ordered[1:]), len(folded)][: len(ordered)]
    return [
        Section(s.start, s.id, s.heading, min(s.body, len(folded)), s.level, end)
        for s, end in zip(ordered, ends, strict=True)
    ]


def _hits(sheet: Sheet, labels: Labels) -> list[Hit]:
    folded = sheet.folded
    bodies = {section.body for section in sheet.sections}
    starts = {section.start for section in sheet.sections}
    raw: list[tuple[int, int, str, int, str, str, int, bool]] = []
    for match in labels.pattern.finditer(folded):
        start, end = match.span("label")
        words = "".join(match["label"].split())
        found = labels.lookup(words)
        if found is None:
            continue
        key, rank = found
        kind = labels.fields[key]
        sep = match.lastgroup or ""
        value = match.end(sep)
        if sep == "prose" and not kind.prose:
            continue
        edge = _edge(folded, start)
        if sep in ("bar", "end", "gap") and edge != "cell":
            continue
        if sep == "bare" and start not in starts and (above := sheet.section_at(start)) and end <= above.body:
            continue  # the end of a heading whose date stands behind it
        if sep == "bare" and not _takes_bare(key, kind.prose, folded[value : value + 12], edge):
            continue
        if (
            edge == "none"
            and (kind.weak or len(words) <= 2)
            and not (len(words) >= 5 and sep == "colon")
            and start not in bodies
        ):
            section = sheet.section_at(start)
            if not (sep == "colon" and key in _CONTACT_KEYS and section is not None and section.id.startswith("role_")):
                continue
        if edge == "none" and key in _GUARDED and _part_of_another(folded, start):
            continue
        raw.append((start, end, key, rank, sep, match["paren"] or "", value, kind.block))
    hits: list[Hit] = []
    borders = sorted({*(row[0] for row in raw), *(section.start for section in sheet.sections)})
    for start, end, key, rank, sep, paren, value, block in raw:
        stop = _value_end(folded, value, borders, sep, block, start)
        below = value
        if not folded[value:stop].strip(" |\n") and sep != "prose":
            below, stop = _next_cell(folded, stop, borders, block)
        if not block:
            while stop > below and folded[stop - 1] in _TIME_ENDS and (further := _GOES_ON.match(folded, stop)):
                stop = further.end()
        section = sheet.section_at(start)
        while below < stop and folded[below] in " |\n":
            below += 1
        while stop > below and folded[stop - 1] in " |\n":
            stop -= 1
        if block and (rest := _DANGLING.search(folded, below, stop)):
            stop = rest.start()
        name = section.id if section else ""
        hits.append(
            Hit(
                key,
                rank,
                folded[start:end].strip(),
                start,
                below,
                max(stop, below),
                name,
                paren,
                sep,
                start < sheet.summary_end,
            )
        )
    return hits


_TIME_ENDS = frozenset("0123456789日时分点秒整)起 ")
_GOES_ON = re.compile(r"[ |]*\n[ |]*(?:至|到|—|-|~)[ |]*\n?[ ]*(?=\d)[^\n|]*")
"""A window whose end stands on the next line, or cell."""
_CONTACT_KEYS = frozenset({"role_address", "person", "phone"})
_MONEY_KEYS = frozenset(
    {"budget", "joint_budget", "ceiling", "deposit", "award_amount", "award_total", "contract_amount"}
)


_GUARDED = _MONEY_KEYS | frozenset(
    "bid_deadline joint_deadline deadline prequal_deadline opening doc_time doc_from doc_until quote_window deposit_deadline submit_from lot_budget".split()
)
_HARMLESS = re.compile(
    r"(?:^|.*[的为即])(?:至|到|截至|截止到?|在|于|自|本|该|此|其|各|原|拟|第|包|标|项目|采购|招标|工程|总|合同|政府|年度|电子|网上|线上|首次|供应商|投标人|响应人|应答人|询价|询比|磋商|谈判|竞价|竞争性|比选|如下|分|每)[^,]*$|.*(?:的|地点|时间|方式|信息|情况|格式)$|.*[\d一二三四五六七八九十A-Z]$|.*(?:不退|设置|设定|设)$|.*文件的?(?:递交|提交|获取)$|^(?:报价|投标|竞价|响应)$"
)


def _part_of_another(folded: str, start: int) -> bool:
    """Whether a label is only the tail of a longer one we do not know (`样品递交截止时间`, `设备预算金额`)."""
    before = folded[line_start(folded, start, "\n|") : start]
    before = before[numbering_end(before) :]
    before = re.split(r"[,。;、()（）\s]", before)[-1]
    if ":" in before or len(before) > 8:
        return False  # the end of a value that runs into the label
    return not _HARMLESS.fullmatch(before)


def _takes_bare(key: str, prose: bool, after: str, edge: str) -> bool:
    """Whether a label may stand right before its value: times before a date, amounts before a sum."""
    dated = bool(re.match(r"(?:19|20)\d\d *[年./-]", after))
    if "time" in key or "deadline" in key or key in ("opening", "doc_until", "doc_from"):
        return dated and (prose or edge == "cell")
    return key in _MONEY_KEYS and not dated and (prose or edge == "cell")


def _edge(folded: str, start: int) -> str:
    """`cell` at the beginning of a line or cell (behind its number), `clause` behind a sign, else `none`."""
    if start == 0 or folded[start - 1] in "\n|":
        return "cell"
    before = folded[line_start(folded, start, "\n|") : start]
    stripped = before.strip()
    if not stripped or numbering_end(before) == len(before):
        return "cell"
    last = stripped[-1]
    if _OWN_LOT.search(before) or before.endswith("  ") or last in ',。;:)】、>]-?!"”' or not _CJK.match(last):
        return "clause"
    if before[-1] == " ":
        return "clause"
    return "none"


def _value_end(folded: str, value: int, borders: list[int], sep: str, block: bool, start: int) -> int:
    """Where a value ends: the next label or heading, or the end of its line, cell or clause."""
    index = bisect_right(borders, max(value - 1, start))
    border = borders[index] if index < len(borders) else len(folded)
    if block:
        while True:
            line = line_start(folded, border)
            number = NUMBERING.match(folded, line)
            if border == len(folded) or line >= border or (number and number.end() >= border):
                break
            index += 1
            border = borders[index] if index < len(borders) else len(folded)
        return border
    # A number before the next label on the same line belongs to that label.
    # A label in a bracket of the value (`…工程（采购方式：磋商）`) is part of the value.
    while (
        value < border < len(folded)
        and folded[border - 1] == "("
        and "\n" not in folded[value:border]
        and border - 1 > value
    ):
        index += 1
        border = borders[index] if index < len(borders) else len(folded)
    stop = border
    newline = folded.find("\n", value, border)
    if newline >= 0:
        stop = newline
    bar = folded.find("|", value, stop)
    if bar >= 0:
        stop = bar
    if stop == border and border < len(folded):
        cut = re.search(
            r"(?:(?<=[\s。;,])(?:[一二三四五六七八九十]{1,2}、|\d{1,2}(?:\.\d{1,2})*[.、]|\([一二三四五六七八九十\d]{1,2}\))|(?<=[一-龥)A-Za-z])(?<![第包段项标])(?:[一二三四五六七八九十]{1,2}、|\d{1,2}(?:\.\d{1,2})*[.、])|[(\[【])\s*$",
            folded[value:border],
        )
        if not cut and (point := re.search(r"(?<=[\s。;,一-龥])\d{1,2}(?:\.\d{1,2}){1,2}\s*$", folded[value:border])):
            cut = point if folded[value : value + point.start()].strip() else None
        if cut:
            stop = value + cut.start()
    if start and folded[start - 1] in "([":
        close = folded.find(")" if folded[start - 1] == "(" else "]", value, stop)
        depth_open = folded.count("(", value, close) if close >= 0 else 0
        for _ in range(depth_open):
            further = folded.find(")", close + 1, stop)
            close = further if further >= 0 else close
        if close >= 0:
            stop = close
    if sep == "prose":
        end = re.search(r"[,。;\n、]|\)(?!.{0,3}(?:公司|中心|学院))", folded[value:stop])
        if end and end.start() > 0:
            stop = value + end.start()
    return stop


def _next_cell(folded: str, stop: int, borders: list[int], block: bool) -> tuple[int, int]:
    """The line or cell below a label that stands alone; empty where that is a label or heading itself."""
    at = stop
    while at < len(folded) and folded[at] in " |\n":
        at += 1
    if at - stop > 60:
        return stop, stop
    index = bisect_right(borders, at - 1)
    border = borders[index] if index < len(borders) else len(folded)
    number = NUMBERING.match(folded, at)
    if border == at or (number is not None and number.end() == border):
        return stop, stop
    if block:
        return at, _value_end(folded, at, borders, "colon", True, at - 1)
    end = len(folded)
    for sign in ("\n", "|"):
        found = folded.find(sign, at)
        end = min(end, found) if found >= 0 else end
    while at < border < end and folded[border - 1] == "(":
        index += 1
        border = borders[index] if index < len(borders) else len(folded)
    return at, min(end, border)
