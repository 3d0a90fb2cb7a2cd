# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""What a bidder must answer or reckon with: qualification, ★ and ▲ lines, delivery, payment, deposit, fees, SME, 联合体."""

import re
from collections.abc import Iterator
from itertools import pairwise

from crawler.notice import Clause, Reading
from crawler.reading.lots import Blocks
from crawler.reading.sheet import Sheet, numbering_end
from crawler.reading.tables import Table

MAX_WORDS = 1500
"""Characters of one clause; bid documents pasted into a notice would else fill the store."""

_EMPTY = re.compile(r"^[\s/\\*\-—_.。;；:：]*$|^(?:无|详见.*文件.*|见.*文件.*|/)[。;；]?$")
_NOT_ACCEPTED = re.compile(
    r"(?:不接受|不允许|不得|拒绝|不支持)[^\n。;]{0,12}?联合体|联合体[^\n。;,]{0,6}?(?:不接受|不允许)|\(\s*(?:不接受|否|不允许)\s*\)\s*(?:接受)?\s*联合|不接受联合(?:投标|响应|报价)|(?:本项目|本次)?\s*\(\s*否\s*\)\s*接受联合体|非联合体"
)
_ACCEPTED = re.compile(
    r"(?<![不否])(?:接受|允许)\s*(?:供应商)?(?:以)?\s*联合体|\(\s*(?:接受|是|允许)\s*\)\s*(?:接受)?\s*联合体|联合体投标\s*:\s*(?:是|接受|允许)"
)
_BOXED = re.compile(r"\(?(?P<in>[^()\n]{0,24})\)?\s*接受\s*联合体")
_TICK = "☑√■☒✓✔●▣"
_BOX = "□○☐"
_SME_ONLY = re.compile(
    r"(?<!非)(?<!不)(?<!是否)(?:本(?:项目|采购包|包|合同包|标项)(?:为|属于|是)?|本次采购)?专门面向(?:中小企业|中小微企业|小微企业|小型、微型企业|小型和微型企业|中型、小型)(?:采购|的)?"
)
_SME_NOT = re.compile(r"非专门面向|不专门面向|不属于专门面向|未专门面向|不适用专门面向|非面向中小")


def consortium(sheet: Sheet, tables: list[Table]) -> Reading[bool] | None:
    """Whether consortia may bid; None where the notice does not say, or its boxes are lost."""
    for hit in sheet.of("consortium"):
        value = sheet.folded[hit.value : hit.end].strip()
        answer = _yes_no(value)
        if answer is not None:
            return Reading(answer, (sheet.evidence(hit.value, hit.end, hit.label, "labels:consortium"),), 0.98)
    for table in tables:
        cells = [cell for row in table.rows if (cell := table.cell(row, "consortium")) is not None]
        answers = {_yes_no(cell.words) for cell in cells}
        if len(answers) == 1 and (answer := answers.pop()) is not None:
            return Reading(
                answer, tuple(sheet.evidence(c.start, c.end, "联合体", "clauses:consortium-table") for c in cells), 0.95
            )
    found: list[tuple[bool, int, int]] = []
    for start, end in _lines_with(sheet.folded, "联合"):
        boxed = _BOXED.search(sheet.folded, start, end)
        if boxed and (re.search(rf"[{_TICK}{_BOX}]", boxed["in"]) or re.fullmatch(r"\s*(?:是|否|不)\s*", boxed["in"])):
            answer = _yes_no(boxed["in"])
            if answer is not None:
                return Reading(
                    answer, (sheet.evidence(boxed.start(), boxed.end(), rule="clauses:consortium-box"),), 0.95
                )
        refused = _NOT_ACCEPTED.search(sheet.folded, start, end)
        if refused:
            found.append((False, refused.start(), refused.end()))
        for match in _ACCEPTED.finditer(sheet.folded, start, end):
            before = sheet.folded[max(0, match.start() - 6) : match.start()]
            if not re.search(r"是否|/否\)?\s*$|如|若|不\s*$|否\s*\)?\s*$|是\s+否", before):
                found.append((True, match.start(), match.end()))
    if not found:
        return None
    allowed, start, end = min(found)  # a refusal anywhere counts before a mention of acceptance
    return Reading(allowed, (sheet.evidence(start, end, rule="clauses:consortium"),), 0.95 if not allowed else 0.9)


def _lines_with(folded: str, words: str) -> Iterator[tuple[int, int]]:
    """The lines that hold some words."""
    at = folded.find(words)
    while at >= 0:
        start = folded.rfind("\n", 0, at) + 1
        end = folded.find("\n", at)
        end = len(folded) if end < 0 else end
        yield start, end
        at = folded.find(words, end)


def _yes_no(value: str) -> bool | None:
    value = re.sub(r"\s+", "", value)[:40]
    ticked = re.search(rf"(?:[{_TICK}]|\[(?:√|x|X|■)\])\(?(是|否|不|接受|允许)", value) or re.search(
        rf"(是|否|不接受|接受)\(?[{_TICK}]", value
    )
    if ticked:
        return ticked[1] in ("是", "接受", "允许")
    empty = set(re.findall(rf"[{_BOX}]\(?(是|否|不接受|接受|不允许|允许)", value))
    if empty:
        named = set(re.findall(r"不接受|不允许|接受|允许|是|否", value))
        left = named - empty
        if len(empty) >= 2 or not left:
            return None
        return next(iter(left)) in ("是", "接受", "允许")
    if re.match(r"(?:否|不|非|无|禁止|拒绝|×)", value):
        return False
    if re.match(r"(?:是|接受|允许|可以|√)(?!否|/否)", value) and not re.match(r"是/?否", value):
        return True
    return None


def sme_only(sheet: Sheet) -> Reading[bool] | None:
    """Whether the purchase is set aside for small and medium enterprises."""
    for hit in sheet.of("sme"):
        answer = _yes_no(sheet.folded[hit.value : hit.end])
        if answer is not None:
            return Reading(answer, (sheet.evidence(hit.value, hit.end, hit.label, "labels:sme"),), 0.95)
    if "面向" not in sheet.folded:
        return None
    refused = _SME_NOT.search(sheet.folded)
    if refused:
        return Reading(False, (sheet.evidence(refused.start(), refused.end(), rule="clauses:sme"),), 0.9)
    match = _SME_ONLY.search(sheet.folded)
    return Reading(True, (sheet.evidence(match.start(), match.end(), rule="clauses:sme"),), 0.9) if match else None


_MARKED = re.compile(r"^(?:[ 　0-9.、（）()一二三四五六七八九十]*[★▲※]|.{0,11}[★▲]).*$", re.M)
_RESERVED = re.compile(r"专门面向中小|面向(?:中小微|小微)企业|预留[^\n。;]{0,20}(?:中小|小微)")
_SENTENCE_END = re.compile(r"[\n。;]")
_BY_LABEL = {
    "payment": "payment",
    "agency_fee": "agency_fee",
    "agency_fee_amount": "agency_fee",
    "delivery_period": "delivery",
    "delivery_place": "delivery",
    "period": "delivery",
    "warranty": "warranty",
    "deposit": "deposit",
    "deposit_how": "deposit",
    "deposit_deadline": "deposit",
    "performance_bond": "performance_bond",
    "doc_how": "documents",
    "doc_place": "documents",
    "doc_price": "documents",
    "sme": "sme",
}


def read_clauses(sheet: Sheet, blocks: Blocks) -> tuple[Clause, ...]:
    """The clauses in the order of the text, each with its words."""
    out: list[tuple[int, Clause]] = []

    def add(kind: str, start: int, end: int, label: str, rule: str) -> None:
        words = sheet.text[start:end].strip()
        if words and not _EMPTY.match(words):
            end = min(end, start + MAX_WORDS)
            out.append(
                (start, Clause(kind, words[:MAX_WORDS], blocks.at(start), (sheet.evidence(start, end, label, rule),)))
            )

    for hit in sheet.hits:
        kind = _BY_LABEL.get(hit.key)
        if kind is None and hit.section == "documents" and hit.key in ("how", "place", "price"):
            kind = "documents"
        if kind and not hit.summary:
            add(kind, hit.value, hit.end, hit.label, "labels:" + hit.key)
    for section in sheet.named("qualification"):
        for start, end in _points(sheet, section.body, section.end):
            add("qualification", start, end, section.heading, "sections:qualification")
    for section in sheet.named("payment"):
        add("payment", section.body, section.end, section.heading, "sections:payment")
    for section in sheet.named("fee"):
        if not any(section.start <= start < section.end for start, clause in out if clause.kind == "agency_fee"):
            add("agency_fee", section.body, section.end, section.heading, "sections:fee")
    for match in _MARKED.finditer(sheet.text) if any(mark in sheet.text for mark in "★▲※") else ():
        add("triangle" if "▲" in match.group()[:14] else "star", match.start(), match.end(), "", "clauses:mark")
    if reserved := _RESERVED.search(sheet.folded):
        borders = [sheet.folded.rfind(sign, 0, reserved.start()) + 1 for sign in "\n。;"]
        rest = _SENTENCE_END.search(sheet.folded, reserved.end())
        add("sme", max(borders), rest.start() if rest else len(sheet.folded), "", "clauses:sme")
    seen: dict[tuple[str, str], Clause] = {}
    for _, clause in sorted(out, key=lambda pair: pair[0]):
        seen.setdefault((clause.kind, clause.words), clause)
    return tuple(seen.values())


def _points(sheet: Sheet, start: int, end: int) -> list[tuple[int, int]]:
    """The numbered points of a section, or its lines."""
    borders: list[int] = []
    at = start
    for line in sheet.folded[start:end].split("\n"):
        stripped = line.strip()
        if stripped and (line[: numbering_end(line)].strip() or not borders):
            borders.append(at)
        at += len(line) + 1
    borders.append(end)
    points = [(a, b) for a, b in pairwise(borders) if sheet.folded[a:b].strip()]
    return points[:80]
