"""Corrections that quote single clauses of a document: 原第三章2.1“A”，现更正为“B”. Pure.

A stated change is applied only where no other clause can be meant. What cannot be placed so is handed back: it stands
among the requirements in its own words, for a person to place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from crawler.text import comparison_key, fold
from tracker.documents.difference import difference
from tracker.documents.lines import Line
from tracker.documents.model import UNPLACED, Amendment, Kind, Place, Requirement
from tracker.documents.outline import lot_mentions
from tracker.documents.requirements import requirements, restated

Act = Literal["change", "add", "delete"]
MAX_SAID = 600
"""Characters of a statement that are kept as evidence."""
MAX_LINES = 600
"""A correction with more is the whole document, published anew."""
SHORT = 8
"""Bare characters below which a quoted fragment needs its place or its label, too: 30日 stands in many clauses."""
ALIKE = 0.85
"""Share of words from which a quotation that is not verbatim is still that clause."""

_CN = "一二三四五六七八九十百"
_OPEN, _CLOSE = "“「『", "”」』"
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"\n]*\"")
_VERB = r"(?:更正|变更|修改|调整|更改|修订|订正|修正)"
_LEFT = r"[，,；;。 ]*"
_CHANGE = re.compile(
    rf"(?:^|(?<=\n))[ \d.、()（）]*(?P<block>(?:现|{_VERB}后|(?={_VERB}为))(?:的)?(?:内容|条款|文字|表述|文)?"
    rf"(?:{_VERB})?(?:为|如下)?)\s*[:：]\s*"
    rf"|{_LEFT}(?:现|均|统一|应|则)?(?:将其)?(?:{_VERB}(?:后)?|改)(?:的)?(?:内容|条款)?(?:为|成|至|如下)\s*[:：]?\s*"
    rf"|{_LEFT}(?:现|应)为\s*[:：]?\s*|{_LEFT}{_VERB}后(?:的)?(?:内容|条款)?(?:为|如下)?\s*[:：]\s*"
)
_GONE = re.compile(r"(?:予以|现)?(?:删除|取消|删去|剔除)")
_ADDED = re.compile(
    r"(?:在[^，。；\n]{2,40}?[后中]?)?(?:增加|新增|补充|增补|添加)(?:以下|如下)?(?:一?(?:条|款|项|点)|内容|要求|条款)*"
    r"(?:为|如下)?"
    r"\s*[:：]?\s*(?=[“「『\"])|(?:增加|新增|补充|增补|添加)(?:以下|如下)?(?:一?(?:条|款|项|点)|内容|要求|条款)*(?:为|如下)?\s*[:：]\s*"
)
_OLD = re.compile(
    r"(?:^|(?<=[\n，,；;。：: ]))[ \d.、()（）]*(?:原(?:文|内容|条款|表述|为|文件|招标文件|采购文件)?[^：:“\n]{0,60}"
    rf"|{_VERB}前[^：:\n]{{0,8}})[：:]\s*"
)
_POINT = re.compile(
    rf"(?m)^[ \t]*(?:\d{{1,2}}\s*[、．.)）](?!\d)|[(（][\d{_CN}]{{1,3}}[)）]|[{_CN}]{{1,3}}、|第[{_CN}\d]{{1,3}}处)"
)
_STAYS = re.compile(r"其[他它余](?:内容|条款|事项)?(?:均|都|保持)*不(?:变|作|做)[^\n]*|特此[^\n]*")
_WHEN = re.compile(r"(?:截止|开标|开启|获取|递交|提交|开始)[^\n]{0,12}(?:时间|日期)|(?:时间|日期)$")
_DATE = re.compile(r"\d{4}\s*[-年./]\s*\d{1,2}")
_CHAPTER = re.compile(rf"第\s*([{_CN}\d]{{1,4}})\s*(章|部分|册|卷|篇|节)")
_HEADING = re.compile(rf"\s*第\s*[{_CN}\d]{{1,3}}\s*(?:章|部分|册|卷|篇)")
_DOTS = re.compile(r"(?<![\d.])\d{1,2}(?:[.．]\d{1,3}){1,4}(?![\d.])")
_ITEM = re.compile(
    rf"第\s*([{_CN}\d]{{1,4}}(?:[.．]\d{{1,3}})*)\s*[条款项点]|[(（]([{_CN}\d]{{1,3}})[)）]|(?<![\d.])(\d{{1,2}})[、．.](?!\d)"
)
_PAGE = re.compile(r"第\s*\d+\s*页|[Pp]\.?\s*\d+(?:页)?")
_FILE = re.compile(
    r"原|(?:招标|采购|磋商|谈判|询价|响应|投标|征集)?文件|中的?|的|关于|将|如下|内容|条款|要求|表述|规定|更正|变更|修改|调整|、|，|："
)
_ABOUT = re.compile(
    r"更正|澄清|答疑|补遗|补充(?:文件|通知|公告|说明)|(?:变更|修改|修正|勘误)(?:公告|通知|文件|说明|函|事项)?"
)
_BEFORE_HEAD = re.compile(
    r"(?:更正|变更|修改|调整|澄清)前|^原(?:文|内容|条款|招标文件|采购文件|公告|文件)?(?:的)?(?:内容|条款|表述)?$"
)
_AFTER_HEAD = re.compile(r"(?:更正|变更|修改|调整|更改|澄清)(?:后|为)|^现(?:内容|条款|文)?$")
_WHERE_HEAD = re.compile(r"更正项|变更项|事项|条款|章节|位置|页码|序号|项目|名称|内容")


@dataclass(frozen=True)
class Stated:
    """One change that a correction states."""

    act: Act
    words: str
    """The whole statement, verbatim."""
    place: Place
    """Of the statement itself."""
    where: str = ""
    """The clause as it names it."""
    before: str = ""
    after: str = ""
    lot: str = ""

    @property
    def same(self) -> str:
        """Equal for copies of one statement on several portals."""
        return "|".join(map(_bare, (self.act, self.where, self.before, self.after, self.lot)))


@dataclass(frozen=True)
class Placed:
    """A statement and what it made of the requirements."""

    stated: Stated
    before: tuple[Requirement, ...] = ()
    after: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Applied:
    asked: tuple[Requirement, ...]
    """What is asked now; what could not be placed stands at the end, with the topic UNPLACED."""
    placed: tuple[Placed, ...] = ()
    unplaced: tuple[Stated, ...] = ()


def is_correction(name: str, lines: Sequence[Line]) -> bool:
    """Whether a file is a correction and no new version of the whole: by its name or first lines, and its length."""
    head = "\n".join([name, *(line.text for line in lines[:6] if len(line.text) <= 60)])
    if len(lines) > MAX_LINES:
        return False
    chapters = sum(bool(_HEADING.match(line.text)) and len(line.text) <= 40 for line in lines)
    return bool(_ABOUT.search(head)) and chapters < 4


# --- reading --------------------------------------------------------------------------------------------------------


def stated(lines: Sequence[Line], file: str) -> list[Stated]:
    """The changes of single clauses that a correction states, in their order; dates are the business of others."""
    found: dict[str, Stated] = {}
    section = ""
    for number, group in groupby(lines, key=lambda line: line.table):
        rows = list(group)
        if number:
            said = _of_table(rows, file, section)
        else:
            said = _of_text(rows, file, section)
            heads = [line.text for line in rows if re.match(rf"\s*[{_CN}]{{1,3}}、", line.text) and len(line.text) < 24]
            section = heads[-1].strip() if heads else section
        for each in said:
            found.setdefault(each.same, each)
    return list(found.values())


def _of_table(rows: Sequence[Line], file: str, section: str) -> Iterator[Stated]:
    head = [re.sub(r"\s+", "", fold(cell)) for cell in rows[0].cells]
    old = next((n for n, cell in enumerate(head) if _BEFORE_HEAD.search(cell)), None)
    new = next((n for n, cell in enumerate(head) if n != old and _AFTER_HEAD.search(cell)), None)
    if old is None or new is None:
        return
    named = [n for n, cell in enumerate(head) if n not in (old, new) and _WHERE_HEAD.search(cell)]
    for row in rows[1:]:
        cells = [*row.cells, *[""] * len(head)]
        where = " ".join(cells[n] for n in named if cells[n] and not cells[n].isdigit())
        before, after = _unquoted(cells[old]), _unquoted(cells[new])
        place = Place(file, section, row.page)
        if _nothing(before) and after:
            yield _made("add", row.text, place, where, "", after)
        elif before and (_nothing(after) or _GONE.fullmatch(after.strip("。"))):
            yield _made("delete", row.text, place, where, before, "")
        elif before and after and comparison_key(before) != comparison_key(after):
            yield _made("change", row.text, place, where, before, after)


def _nothing(words: str) -> bool:
    return words.strip(" 。") in ("", "/", "—", "-", "无", "／")


def _of_text(rows: Sequence[Line], file: str, section: str) -> Iterator[Stated]:
    text = "\n".join(line.text for line in rows)
    starts = [0]
    for line in rows:
        starts.append(starts[-1] + len(line.text) + 1)
    for begin, end in _points(text):
        at = next(n for n, start in enumerate(starts[1:]) if begin < start)
        heads = [
            line.text for line in rows[:at] if re.match(rf"\s*[{_CN}]{{1,3}}、", line.text) and len(line.text) < 24
        ]
        place = Place(file, heads[-1].strip() if heads else section, rows[at].page)
        yield from _point(text[begin:end], place)


def _points(text: str) -> Iterator[tuple[int, int]]:
    """Numbered points; one that names no change of its own goes on with the clause quoted before it."""
    masked = _masked(text)
    own = (found.start() for found in re.finditer(r"(?m)^[^\n]+", masked) if _speaks_alone(found[0]))
    cuts = sorted({len(text), *own, *(found.start() for found in _POINT.finditer(masked))})
    begin = 0
    for cut, stop in zip(cuts, [*cuts[1:], len(text)], strict=True):
        if cut == begin:
            continue
        part = masked[cut:stop]
        speaks = _CHANGE.search(part) or _GONE.search(part) or _ADDED.search(part) or _OLD.search(part)
        reference = _CHAPTER.search(part) and len(part.strip()) < 60
        opened = _CHANGE.search(masked[begin:cut]) or _ADDED.search(masked[begin:cut])
        if cut == len(text) or speaks or reference or not opened:
            yield begin, cut
            begin = cut


def _speaks_alone(line: str) -> bool:
    """Whether a line without a number states a change of its own, and is no half of one: 更正后：."""
    change = _CHANGE.search(line)
    if (change is not None and (change["block"] or not change.start())) or _OLD.match(line):
        return False
    return bool(change or _ADDED.search(line) or (_GONE.search(line) and _QUOTED.search(line)))


def _point(text: str, place: Place) -> Iterator[Stated]:
    """The changes of one point."""
    masked = _masked(text)
    floor = 0
    changes = list(_CHANGE.finditer(masked))
    for n, change in enumerate(changes):
        if change.start() < floor:
            continue
        limit = changes[n + 1].start() if n + 1 < len(changes) else len(text)
        after, end = _value(text, masked, change, limit)
        where, before = _old(text[floor : change.start()], masked[floor : change.start()])
        if after and (before or _numbers(where)):
            yield _made("change", text[floor:end].strip(), place, where, before, after)
        floor = end
    rest, hidden = text[floor:], masked[floor:]
    if changes and floor:
        rest, hidden = "", ""
    for found in _ADDED.finditer(hidden):
        after, end = _value(rest, hidden, found, len(rest))
        if len(_bare(after)) >= SHORT:
            yield _made("add", rest[:end].strip(), place, rest[: found.end()], "", after)
            return
    if (gone := _GONE.search(hidden)) and (quoted := _QUOTED.search(rest)):
        where = rest[: quoted.start()].replace(gone[0], "")
        yield _made("delete", rest.strip(), place, where, quoted[0][1:-1], "")


def _masked(text: str) -> str:
    """The same with what stands between quotation marks blotted out."""
    return _QUOTED.sub(lambda found: found[0][0] + "…" * (len(found[0]) - 2) + found[0][-1], text)


def _value(text: str, masked: str, change: "re.Match[str]", limit: int) -> tuple[str, int]:
    """The new words, and where they end."""
    start = change.end()
    while start < limit and text[start] in " \n：:":
        start += 1
    if start < len(text) and (quoted := _QUOTED.match(text, start)):
        return quoted[0][1:-1].strip(), quoted.end()
    block = "block" in change.re.groupindex and change["block"]
    stop = re.compile(
        r"\n(?=[ \d.、()（）]*(?:原|更正前|变更前|修改前|调整前))" if block else r"。|\n|；(?=\s*(?:原|将|第))"
    )
    found = stop.search(masked, start, limit)
    end = found.start() if found else limit
    words = _STAYS.split(text[start:end])[0]
    return words.strip(" \n；;，,"), end


def _old(left: str, masked: str) -> tuple[str, str]:
    """(the clause as named, its old words) of what stands before the change."""
    left = left.rstrip(" \n，,；;。")
    if left and (left[-1] in _CLOSE or left[-1] == '"'):
        quoted = list(_QUOTED.finditer(left))
        if quoted and quoted[-1].end() == len(left):
            return left[: quoted[-1].start()].strip(), quoted[-1][0][1:-1].strip()
    marks = list(_OLD.finditer(masked[: len(left)]))
    if marks:
        at = marks[-1].end()
        return left[:at].strip(), _unquoted(left[at:])
    found = re.search(r"由(?P<old>[^，。；\n]{2,80})$", left)
    if found:
        return left[: found.start()].strip(), _unquoted(found["old"])
    head, colon, rest = left.rpartition("：")
    if colon and _bare(rest):
        return head.strip(), _unquoted(rest)
    return left.strip(), ""


def _unquoted(words: str) -> str:
    said = words.strip(" \n；;，,")
    whole = _QUOTED.fullmatch(said)
    return said[1:-1].strip() if whole else said


def _made(act: Act, words: str, place: Place, where: str, before: str, after: str) -> Stated:
    named = [number for _start, _end, numbers in lot_mentions(f"{where} {before}") for number in numbers]
    lot = named[0] if len(set(named)) == 1 else ""
    return Stated(act, words.strip(" 。，；\n")[:MAX_SAID], place, where.strip(" 。，；\n"), before, after, lot)


# --- applying -------------------------------------------------------------------------------------------------------


def apply(asked: Iterable[Requirement], changes: Iterable[Stated]) -> Applied:
    """The requirements as the corrections, the oldest first, have left them.

    A statement that comes again is a copy on another portal and changes nothing; where its old words stand once more,
    it may be meant: a person decides.
    """
    now, said = list(asked), set[str]()
    placed: list[Placed] = []
    unplaced: list[Stated] = []
    for change in changes:
        now = [each for each in now if not _is_statement(each, change)]
        again = change.same in said
        said.add(change.same)
        done = _place(change, now) if not again or change.before else None
        if again:
            if done is not None:
                unplaced.append(change)
        elif done is not None:
            placed.append(done)
            now = _replaced(now, done)
        elif not _is_date(change) and not _already(change, now):
            unplaced.append(change)
    left = [_as_requirement(each, now) for each in unplaced]
    return Applied((*now, *left), tuple(placed), tuple(unplaced))


def _is_statement(each: Requirement, change: Stated) -> bool:
    """What the reader took for a requirement in the correction itself."""
    return each.place.file == change.place.file and not each.amended and _bare(each.words) in _bare(change.words)


def _replaced(now: list[Requirement], done: Placed) -> list[Requirement]:
    if not done.before:
        return [*now, *done.after]
    gone = {id(each) for each in done.before}
    at = next(n for n, each in enumerate(now) if id(each) in gone)
    return [*(each for each in now[:at]), *done.after, *(each for each in now[at:] if id(each) not in gone)]


def _is_date(change: Stated) -> bool:
    """Dates are read and followed as dates."""
    said = f"{change.where} {change.before}"
    return bool(_WHEN.search(said) and _DATE.search(change.after or change.before))


def _already(change: Stated, now: Sequence[Requirement]) -> bool:
    """Whether the documents at hand say the new words: they were published anew with the correction."""
    if change.act == "delete":
        return False
    after = _bare(change.after)
    return len(after) >= SHORT and any(after in _bare(each.words) for each in now)


def _place(change: Stated, now: Sequence[Requirement]) -> Placed | None:
    if change.act == "add":
        return _addition(change, now)
    pool = _of_lot(change, now)
    if not change.before:
        return _at_section(change, pool)
    old = _bare(change.before)
    whole = _narrow(change, [each for each in pool if _bare(_unsigned(each.words)) == _bare(_unsigned(change.before))])
    if _one(whole):
        return _whole(change, whole)
    parts = _narrow(change, [each for each in pool if old and old in _bare(each.words)])
    if _one(parts) and (len(old) >= SHORT or all(_points_at(change, each) for each in parts)):
        if change.act == "delete":  # words of a clause went, not the clause
            return Placed(change, tuple(parts), tuple(_restate(each, change, "") for each in parts))
        return Placed(change, tuple(parts), tuple(_restate(each, change, change.after) for each in parts))
    inside = [
        each
        for each in _in_chapter(change, pool)
        if len(_bare(each.words)) >= SHORT and _bare(_unsigned(each.words)) in old
    ]
    if inside and not parts:
        return _block(change, inside)
    if _already(change, now):
        return None
    alike = [each for each in _narrow(change, pool) if not parts and _is_alike(change.before, each.words)]
    return _whole(change, alike) if _one(alike) else None


def _is_alike(quoted: str, words: str) -> bool:
    """Nearly the same words and the same figures: 100kW is not 150kW."""
    figures, own = (sorted(_FIGURES.findall(fold(_unsigned(each)))) for each in (quoted, words))
    return figures == own and _ratio(_bare(quoted), _bare(words)) >= ALIKE


def _of_lot(change: Stated, now: Sequence[Requirement]) -> list[Requirement]:
    """Of a change for one lot: the clauses of that lot, the common ones only where no clause is of a single lot."""
    open_ = [each for each in now if each.topic != UNPLACED]
    if not change.lot or not any(each.lot for each in open_):
        return open_
    return [each for each in open_ if each.lot == change.lot]


def _one(found: Sequence[Requirement]) -> bool:
    """One clause, or the same words for several lots."""
    return bool(found) and len({(each.kind, _bare(each.words)) for each in found}) == 1


def _narrow(change: Stated, found: list[Requirement]) -> list[Requirement]:
    """Those in the chapter named; of several, those whose number or label is named."""
    found = _in_chapter(change, found)
    for fits in (_has_number, _has_label):
        if len(found) > 1 and (closer := [each for each in found if fits(change, each)]):
            found = closer
    return found


def _points_at(change: Stated, each: Requirement) -> bool:
    return _has_number(change, each) or _has_label(change, each)


def _in_chapter(change: Stated, found: Sequence[Requirement]) -> list[Requirement]:
    named = set(_chapters(change.where))
    return [each for each in found if not named or not (own := set(_chapters(each.place.section))) or own & named]


def _chapters(words: str) -> Iterator[tuple[str, str]]:
    for number, unit in _CHAPTER.findall(words):
        yield _digits(number), unit


def _digits(number: str) -> str:
    """一十二, 12 and 十二 as 12."""
    if number.isdigit():
        return str(int(number))
    tens, ten, ones = number.rpartition("十")
    if not ten:
        return str(_CN.index(number) + 1) if number in _CN else number
    first = _CN.find(tens) + 1 if tens else 1
    return str(10 * first + (_CN.find(ones) + 1 if ones else 0))


def _numbers(words: str) -> set[str]:
    """The numbers of points that words name."""
    flat = _PAGE.sub(" ", fold(words))
    dots = {each.replace("．", ".") for each in _DOTS.findall(flat)}
    items = {next(part for part in parts if part) for parts in _ITEM.findall(flat)}
    return dots | {each if "." in each else _digits(each) for each in items}


def _has_number(change: Stated, each: Requirement) -> bool:
    """The innermost number of a clause is named."""
    wanted = _numbers(_CHAPTER.sub(" ", change.where))
    own = _own_number(each)
    return bool(own) and own in wanted


def _own_number(each: Requirement) -> str:
    last = fold(each.place.section).split(" ")[-1].strip("、.()（）")
    if re.fullmatch(r"[\d.]+", last):
        return last
    found = re.match(rf"(?:第)?([{_CN}\d]{{1,4}})(?:条|款|项|点)?$", last)
    return _digits(found[1]) if found else ""


def _has_label(change: Stated, each: Requirement) -> bool:
    """What the clause is about is named: 投标有效期, 最高车速."""
    named = _bare(_FILE.sub("", change.where))
    label = _bare(_unsigned(each.label) or re.split(r"[：:|，]", _unsigned(each.words))[0])
    return 2 <= len(label) <= 20 and label in named


def _whole(change: Stated, found: Sequence[Requirement]) -> Placed:
    if change.act == "delete":
        return Placed(change, tuple(found))
    return Placed(change, tuple(found), tuple(_restate(each, change, change.after) for each in found))


def _at_section(change: Stated, pool: Sequence[Requirement]) -> Placed | None:
    """A clause that only its number names."""
    here = [each for each in _in_chapter(change, pool) if _has_number(change, each)]
    named = bool(set(_chapters(change.where)))
    if _one(here) and (named or len(_numbers(change.where)) == 1):
        return _whole(change, here)
    return None


def _restate(each: Requirement, change: Stated, after: str) -> Requirement:
    """The clause with the quoted part of its words exchanged; without one, all of them."""
    if not change.before or _bare(change.before) not in _bare(each.words):
        return _amend(each, change, after)
    start, end = _span(each.words, change.before)
    return _amend(each, change, f"{each.words[:start]}{after}{each.words[end:]}".strip())


def _amend(each: Requirement, change: Stated, words: str) -> Requirement:
    return restated(each, words, Amendment(change.place, change.words, each.words, each.key))


def _block(change: Stated, old: Sequence[Requirement]) -> Placed:
    """A passage of several clauses exchanged for another: clause by clause, by likeness."""
    parts = [part.strip() for part in re.split(r"\n+|(?<=[；;。])", change.after) if len(_bare(part)) >= 4]
    model = old[0]
    new = [restated(replace(model, label="", points=None, amount=None), _unnumbered(part), None) for part in parts]
    found = difference(old, new)
    after = [each for each in old if each.key in {one.key for one in new}]
    after += [_amend(each.before, change, each.after.words) for each in found.changed]
    note = Amendment(change.place, change.words, "", "")
    after += [replace(each, place=model.place, amended=(note,)) for each in found.added]
    return Placed(change, tuple(old), tuple(after))


def _addition(change: Stated, now: Sequence[Requirement]) -> Placed | None:
    """A new clause, of the kind of its neighbours in the section named; None where there is no such section."""
    near = _in_chapter(change, now) if set(_chapters(change.where)) else []
    stems = {number.rpartition(".")[0] or number for number in _numbers(f"{change.where} {change.after[:12]}")}
    close = [each for each in near if (own := _own_number(each)) and (own.rpartition(".")[0] or own) in stems]
    kinds: list[Kind] = [each.kind for each in close or near]
    if not kinds or (len(set(kinds)) > 1 and not close):
        return None
    kind = max(set(kinds), key=kinds.count)
    model = next(each for each in close or near if each.kind == kind)
    bare = replace(
        model, label="", topic="", points=None, amount=None, also=(), amended=(), replaces="", lot=change.lot
    )
    place = Place(model.place.file, model.place.section.rpartition(" ")[0], None)
    note = Amendment(change.place, change.words, "", "")
    parts = [_unnumbered(part) for part in change.after.split("\n") if _bare(part)]
    return Placed(
        change, (), tuple(replace(restated(bare, part, None), place=place, amended=(note,)) for part in parts)
    )


def _as_requirement(change: Stated, now: Sequence[Requirement]) -> Requirement:
    """A change nobody could place, as it stands: of the kind its new words show, else of its chapter's only one."""
    words = change.after or change.before
    read = requirements([Line(words)], "")
    near = _in_chapter(change, now) if set(_chapters(change.where)) else []
    kinds = {each.kind for each in near}
    kind: Kind = read[0].kind if read else kinds.pop() if len(kinds) == 1 else "conformity"
    model = Requirement(kind, "", change.place, change.lot, topic=UNPLACED)
    note = Amendment(change.place, change.words, change.before, "")
    return replace(restated(model, words, None), words=_unnumbered(change.words), amended=(note,))


# --- words ----------------------------------------------------------------------------------------------------------


_SIGNS = re.compile(r"^[\s★☆▲△▼※#＃*●]+")
_NUMBERED = re.compile(
    rf"^\s*(?P<sign>[★☆▲△▼※#＃*]?)\s*(?:\d{{1,2}}(?:[.．]\d{{1,3}})+|\d{{1,2}}[、．.)）]|[(（][\d{_CN}]{{1,3}}[)）])\s*(?!\d)"
)
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_DROPPED = re.compile(r"[|：:，,。；;、\s“”\"「」『』]")


def _unsigned(words: str) -> str:
    return _unnumbered(_SIGNS.sub("", words))


def _unnumbered(words: str) -> str:
    return _NUMBERED.sub(lambda found: found["sign"], words).strip()


def _bare(words: str) -> str:
    """What makes a quotation equal to its clause: no marks between words, no width, no case."""
    return comparison_key(_DROPPED.sub("", words))


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def _span(words: str, part: str) -> tuple[int, int]:
    """Where a quoted part stands in a clause whose punctuation differs."""
    at = words.find(part)
    if at >= 0:
        return at, at + len(part)
    flat, places = "", []
    for n, char in enumerate(words):
        bare = comparison_key(f"一{char}一")[1:-1] if not _DROPPED.match(char) else ""
        flat += bare
        places += [n] * len(bare)
    wanted = _bare(part)
    at = flat.find(wanted)
    if at < 0:  # a sign that folds otherwise among others than alone
        return 0, len(words)
    return places[at], places[at + len(wanted) - 1] + 1
