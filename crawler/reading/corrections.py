# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Stated changes: before → after, from tables, from 更正前/更正后 blocks and from sentences.

A notice that is only reprinted states no change; comparing it with its forerunner is the tracker's work.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from crawler.notice import Correction, Evidence
from crawler.reading.dates import first_moment, moments, span
from crawler.reading.lots import Blocks, lot_number, mentions
from crawler.reading.money import amounts, first_amount
from crawler.reading.sheet import Section, Sheet, line_start
from crawler.reading.tables import Cell, Table

_DOCS = r"(?:获取|领取|购买|下载|发售|售卖|申领|报名|提供|发放)(?:[^\n,;。:(]{0,14}?)(?:时间|期限|日期|截止|结束|期)(?:截止|结束)?(?:时间|日期)?|(?:招标|采购|磋商|谈判|询价)文件(?:的)?(?:获取|领取|购买|下载|发售|售卖|申领|提供)(?:[^\n,;。:(]{0,8}?)(?:时间|期限|日期)?|(?:获取|领取)(?:招标|采购|磋商|谈判|询价|资格预审)文件"
_BID = r"(?:(?:提交|递交|上传|送达)?(?:首次)?(?:投标|响应|应答|报价|申请|磋商响应|谈判响应|参选|比选|竞价|电子投标)(?:\(响应\)|\(磋商\))?(?:文件)?(?:的)?(?:提交|递交|上传|送达|接收)?(?:的)?(?:截止|截至)(?:\(开标\))?(?:时间|日期|之日)?|(?:提交|递交|上传|接收)(?:首次)?(?:投标|响应|应答|报价|申请|磋商响应|谈判响应)(?:\(响应\))?文件(?:的)?(?:截止)?(?:时间|日期)|(?:投标|响应|应答|报价)文件(?:的)?(?:提交|递交|上传)(?:的)?(?:时间|日期)|截标(?:时间|日期)?|投标(?:时间|日期)|(?:提交|递交|响应)截止(?:时间|日期)|竞价(?:结束|截止)时间|报价(?:结束|截止)时间|(?<![获领一-龥])截止(?:时间|日期))"
_OPEN = r"(?:(?:响应文件|投标文件)?(?:的)?(?:开标|开启|唱标|唱价|开选)(?:会)?(?:\(开启\)|\(开标\))?(?:的)?(?:时间|日期)?|(?:磋商|谈判|评审|磋商谈判|询价)(?:开始)?(?:时间|日期))"
_PREQ = r"(?:提交|递交)?(?:资格预审|资审)?(?:申请文件)(?:的)?(?:提交|递交)?(?:的)?截止(?:时间|日期)?|资格预审(?:申请)?(?:文件)?(?:提交|递交)?截止(?:时间|日期)"
_FIELDS = re.compile(
    rf"(?P<deposit_deadline>保证金[^\n,;。:]{{0,8}}(?:截止|到账|缴纳|交纳|递交)[^\n,;。:\d]{{0,6}}(?:时间|日期|截止))|(?P<question_deadline>(?:质疑|询问|答疑|提问|疑问|澄清)[^\n,;。:]{{0,6}}(?:截止)?(?:时间|日期))"
    rf"|(?P<prequalification_deadline>{_PREQ})|(?P<documents_until>{_DOCS})|(?P<bid_deadline>{_BID})|(?P<opening_at>{_OPEN})"
    r"|(?P<ceiling>(?:最高(?:投标|响应)?限价|招标控制价|控制价|限价|上限价|拦标价))|(?P<budget>(?:预算(?:总)?(?:金额|价|额)?|采购预算))|(?P<deposit>(?:投标|磋商|谈判|响应)?保证金(?:金额|数额)?)"
    r"|(?P<expected_at>预计采购时间)"
)
_MONEY_FIELDS = ("budget", "ceiling", "deposit")
_UNCHANGED = re.compile(r"\s*(?:\([^()\n]{1,12}\))?\s*(?:仍|均|都|保持|维持)*不变")
_BEHIND = re.compile(
    r"\s*(?:\([^()\n]{1,12}\))?\s*(?:之?前|时)?\s*"
    r"(?:(?P<prequalification_deadline>(?:提交|递交|上传)(?:资格预审)?申请文件)"
    r"|(?P<bid_deadline>(?:提交|递交|上传)(?:\((?:上传|提交|递交)\))?(?:首次)?(?:电子)?(?:投标|响应|应答|报价)文件(?!的?(?:截止|时间))|(?:投标|响应|报价)截止(?!时间|日期)))?"
    r"\s*(?:并|及|和|、)?\s*(?:同时)?(?P<opening_at>(?:开标|开启|唱价)(?!时间|日期|地点|室|大厅|的))?"
)
"""The field of a date, where it is named behind it."""
_STAYS = re.compile(r"仍(?:然)?(?:为|是|于)?\s*$|不变[,;]?\s*(?:仍|即)?(?:为|是)?\s*$")
_LATER = re.compile(r"(?:另行(?:通知|公告|公布|确定|安排)|待定|待通知|以后续公告为准)")
"""A date that is withdrawn and not yet set anew: its row has no `after`."""
_PUT_OFF = re.compile(
    rf"(?:延期|推迟|顺延|延后|延迟|改期|暂缓|更正为|变更为|调整为|修改为|改为)[^。;\n\d]{{0,40}}?{_LATER.pattern}|(?:时间|日期):?{_LATER.pattern}"
)
_ALONG = re.compile(
    r"(?P<how>相应|随之|一并|同步|同时|也)(?:进行)?(?:顺延|调整|更正|变更|延期|推迟|延后|修改)(?:至(?:该|同一|上述|相同)?(?:一)?时间)?(?=[,。;\n]|$)"
)
"""A date said to move with the one before it (`开标时间相应顺延`)."""
_AS_BEFORE = re.compile(r"(?:保持|维持)?不变|无变化|无|同原.{0,6}|同左|/|-")
_OLD_NEW_INLINE = re.compile(
    r"(?P<field>[^\n;。,:]{2,24}):?\s*原(?:定)?(?:为|于)?\s*(?P<old>(?:\d,\d|[^,;。\n原]){2,40}?)\s*,\s*现(?:定)?(?:为|改为|调整为|变更为|改至)?\s*(?P<new>(?:\d,\d|[^,;。\n]){2,40})"
)
_QUESTION = re.compile(r"[ \d一二三四五六七八九十、.()]*(?:问题?|提问|疑问)\s*[\d一二三四五六七八九十]*\s*[:、.]")
_PLACE = re.compile(r"地点|地址|方式|网址|开标室|评标室|会议室|大厅")
_STATED = re.compile(r"(?:更正|变更|修改|调整|延期)后|(?:更正|变更|修改|调整|延期|顺延|推迟)[为至到]|现为|现改为")
_DROPPED = re.compile(r"[“\"](?P<what>[^”\"\n]{4,60})[”\"](?:的)?(?:内容|条款|要求)?(?:予以)?(?:取消|删除)")
"""`“投标保证金：20000元”取消`: a sum that is no longer asked."""
_CHANGE = re.compile(
    r"(?:现|均|统一|同时|相应|由此|应)?\s*(?:更正|变更|调整|修改|更改|修正|改|延期|延长|延迟|推迟|顺延|延后|延|提前|缩短|变|订正|改期|澄清)(?:为|至|到|成|于)(?:如下)?\s*[:：]?|\s*(?:→|⇒|-+>|=+>)\s*|(?:^|(?<=[,;。\n ]))\s*(?:现为|现改为|应为|现在为|更正后为|变更后为)\s*[:：]?"
)
_MARK_LEAD = r"(?:^|[\n ;。,【\[]|\))[ \d一二三四五六七八九十、.()]*"
_MARK_END = r"\s*(?:[:：|]|】|\])"
_BEFORE_WORDS = r"原(?:公告|招标|采购|文件|磋商|谈判|询价)?(?:文件|公告)?(?:的)?(?:内容|信息|条款|表述)?(?:为|如下|是)?|(?:更正|变更|修改|调整|澄清|延期)前(?:的)?(?:内容|信息)?(?:为)?"
_AFTER_WORDS = (
    r"现(?:内容|信息|条款)?(?:更正|变更|修改|调整|改)?(?:为|如下)?|(?:现)?(?:更正|变更|修改|调整|澄清|延期)后?(?:的)?(?:内容|信息)(?:为|如下)?"
    r"|(?:更正|变更|修改|调整|澄清|延期)后(?:为)?|现?(?:更正|变更|修改|调整)为"
)
_BEFORE_MARK = re.compile(
    rf"{_MARK_LEAD}(?:{_BEFORE_WORDS}){_MARK_END}|(?:^|\n)[ \d一二三四五六七八九十、.()]*(?:{_BEFORE_WORDS}) *(?=\n)"
)
_AFTER_MARK = re.compile(
    rf"{_MARK_LEAD}(?:{_AFTER_WORDS}){_MARK_END}|(?:^|\n)[ \d一二三四五六七八九十、.()]*(?:{_AFTER_WORDS}) *(?=\n)"
)
_OLD_ASIDE = re.compile(r"\(原(?:定|公告|来)?(?:的)?(?:时间)?(?:为|是|于|:)?(?P<old>[^()]{4,60})\)")
_OLD_NEW_LINE = re.compile(
    r"(?:^|\n)[ \d一二三四五六七八九十、.()]*(?:原|(?:更正|变更|修改|调整|延期)前(?:的)?)(?!内容|信息)(?P<old>[^\n:：]{2,30})[:：](?P<oldv>[^\n]+)\n[ \d一二三四五六七八九十、.()]*(?:现|新|更正后|变更后|延期后|延长后|顺延后|调整后|推迟后|现更正)(?:的)?(?P<new>[^\n:：]{0,30})[:：](?P<newv>[^\n]+)"
)


@dataclass
class _Value:
    words: str
    start: int
    end: int


@dataclass
class _Facts:
    """Fields with their values in a stretch of text."""

    values: dict[str, _Value] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    unit: str = ""
    """The unit a money label carries in brackets (`预算金额（万元）`)."""


def facts(sheet: Sheet, start: int, end: int, hints: tuple[str, ...] = (), unit: str = "") -> _Facts:
    """Dates and amounts of a stretch, by the field named in front of them; without a name, by the hints."""
    out = _Facts()
    folded = sheet.folded
    behind = _named_behind(folded, start, end, out)
    marks = [m for m in _FIELDS.finditer(folded, start, end) if not any(a <= m.start() < b for a, b in behind)]
    groups: list[tuple[int, int, list[str]]] = []
    for mark in marks:
        name = mark.lastgroup or ""
        out.named.append(name)
        carried = re.match(r"\s*\((?:单位:)?(万元|元)\)", folded[mark.end() : mark.end() + 10])
        if carried:
            unit = out.unit = carried[1]
        placed = _PLACE.match(folded[mark.end() : mark.end() + 4])
        if placed and not re.search(
            r"时间|日期", mark.group()
        ):  # 开标地点 names no time, but in `开标时间和地点` the time stands
            out.named.pop()
            continue
        between = folded[groups[-1][1] : mark.start()] if groups else "x"
        if groups and re.fullmatch(r"[\s、及和与/,(暨]*(?:\(|即|暨|同时|以及)?[\s、及和与/(]*", between):
            groups[-1][2].append(name)
            groups[-1] = (groups[-1][0], mark.end(), groups[-1][2])
        else:
            groups.append((mark.start(), mark.end(), [name]))
    if not groups and hints:
        groups = [(start, start, list(hints))]
    elif groups and hints and _leads(folded, start, groups[0][0], hints, unit):
        groups.insert(0, (start, start, list(hints)))
    for index, (_, after, names) in enumerate(groups):
        stop = groups[index + 1][0] if index + 1 < len(groups) else end
        _take(sheet, after, stop, names, out, unit)
    return out


def _leads(folded: str, start: int, stop: int, hints: tuple[str, ...], unit: str) -> bool:
    """Whether a value of the hinted fields stands before the first field named."""
    lead = first_moment(folded, start, stop)
    money = set(hints) <= set(_MONEY_FIELDS) and first_amount(folded, start, stop, unit) is not None
    return money or (lead is not None and lead.when is not None)


def _named_behind(folded: str, start: int, end: int, out: _Facts) -> list[tuple[int, int]]:
    """Dates whose field stands behind them (`于A前递交投标文件`, `A投标截止并开标`), and where the field's words stand."""
    places: list[tuple[int, int]] = []
    for moment in moments(folded, start, end):
        match = _BEHIND.match(folded, moment.end, end)
        if match is None or moment.when is None or moment.when.precision not in ("minute", "day"):
            continue
        names = [name for name in ("prequalification_deadline", "bid_deadline", "opening_at") if match[name]]
        for name in names:
            out.values.setdefault(name, _Value(moment.when.local, moment.start, moment.end))
        if names:
            out.named += names
            places.append(match.span())
    return places


def _take(sheet: Sheet, start: int, stop: int, names: list[str], out: _Facts, unit: str) -> None:
    folded = sheet.folded
    for name in names:
        if name in out.values:
            continue
        if name in _MONEY_FIELDS:
            found = first_amount(folded, start, stop, unit)
            amount = found.amount if found else None
            stated = amount is not None and (amount.stated_unit or unit or amount.money.hundredths >= 100_000)
            if amount is not None and stated and amount.money.kind == "total" and amount.money.yuan is not None:
                out.values[name] = _Value(str(amount.money.yuan), amount.start, amount.end)
            continue
        if name == "documents_until":
            got = span(folded, start, stop)
            if got is not None and got.last is not None:
                out.values[name] = _Value(got.last.local, got.start, got.end)
                if got.first is not None and got.first != got.last:
                    out.values["documents_from"] = _Value(got.first.local, got.start, got.end)
            continue
        window = span(folded, start, stop)
        if (
            window
            and window.first
            and window.last
            and window.first != window.last
            and window.last.precision == "minute"
        ):
            out.values[name] = _Value(window.last.local, window.start, window.end)  # 9:00至9:30 is due at its end
            continue
        moment = next(
            (m for m in moments(folded, start, stop) if m.when and m.when.precision in ("minute", "day")), None
        )
        if (
            moment is not None
            and moment.when is not None
            and not (
                _UNCHANGED.match(folded, moment.end)
                or _STAYS.search(folded[max(start, moment.start - 12) : moment.start])
            )
        ):
            out.values[name] = _Value(moment.when.local, moment.start, moment.end)


def read_corrections(
    sheet: Sheet, tables: list[Table], blocks: Blocks
) -> tuple[tuple[Correction, ...], list[tuple[int, int]]]:
    """The changes a correction states, and the stretches of text they stand in."""
    rows: list[Correction] = []
    stretches: list[tuple[int, int]] = []
    for table in tables:
        if table.index("change_after") is not None or table.index("change_before") is not None:
            rows += _from_table(sheet, table, blocks)
            stretches.append((table.start, table.end))
    regions = _regions(sheet)
    for start, end in regions:
        rows += _from_fused_rows(sheet, start, end, blocks, stretches)
        inside = [(a, b) for a, b in stretches if start <= a < end]
        if not inside:
            rows += _from_marks(sheet, start, end, blocks, stretches)
        pieces = list(_without(start, end, stretches))
        for piece_start, piece_end in pieces:
            rows += _from_sentences(sheet, piece_start, piece_end, blocks)
            rows += _afterwards(sheet, piece_start, piece_end, blocks)
            rows += _withdrawn(sheet, piece_start, piece_end, blocks)
            rows += _dropped(sheet, piece_start, piece_end, blocks)
            rows += _moved_along(sheet, rows, piece_start, piece_end, blocks)
    if len(regions) > 1 or any(s.id == "correction" for s in sheet.sections) or sheet.of("correction_content"):
        stretches += regions
    for row in rows:
        places = [e for e in row.evidence if e.start >= 0]
        if places:
            stretches.append((min(e.start for e in places), max(e.end for e in places)))
    unique: dict[tuple[str, str | None], Correction] = {}
    for row in rows:
        key = (row.field, row.lot)
        known = unique.get(key)
        if row.field == "other":
            unique.setdefault((row.field, row.after or row.before), row)
        elif known is not None and row.before is None and known.after is not None and row.after != known.after:
            # A correction of a correction: its `before` is what the earlier one had set.
            unique[key] = replace(row, before=known.after, evidence=(*known.evidence[-1:], *row.evidence))
        elif known is None or (known.before is None and row.before is not None) or known.after is None:
            unique[key] = row
    out = [row for row in unique.values() if row.field == "other" or row.before != row.after]
    if not out:
        out = _other(sheet, regions)
    return tuple(out), stretches


def _regions(sheet: Sheet) -> list[tuple[int, int]]:
    """Where changes are stated: the section 更正信息 up to the next main heading, else the whole text."""
    out: list[tuple[int, int]] = []
    main = [s for s in sheet.sections if s.level == 1 or s.id in ("reprint", "other", "contact", "basic")]
    for section in sheet.named("correction"):
        if any(start <= section.start < end for start, end in out):
            continue
        stop = next(
            (
                s.start
                for s in main
                if s.start > section.start
                and s.id in ("other", "contact", "reprint", "attachments", "period", "role_buyer", "role_agency")
            ),
            len(sheet.folded),
        )
        later = next(
            (s.start for s in main if s.start > section.start and s.id == "basic" and section.level == 1),
            len(sheet.folded),
        )
        out.append((section.body, min(stop, later)))
    for hit in sheet.of("correction_content"):
        if not any(start <= hit.start < end for start, end in out):
            stop = next(
                (
                    s.start
                    for s in main
                    if s.start > hit.start and s.id in ("other", "contact", "reprint", "attachments", "basic")
                ),
                len(sheet.folded),
            )
            out.append((hit.value, stop))
    if not out:
        start = sheet.summary_end
        last = max((m.start() for m in _STATED.finditer(sheet.folded, start)), default=start)
        stop = next(
            (s.start for s in sheet.sections if s.start > last and s.id in ("contact", "role_buyer", "reprint")),
            len(sheet.folded),
        )
        out.append((start, stop if stop > start else len(sheet.folded)))
    return out


def _without(start: int, end: int, holes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = start
    for a, b in sorted(hole for hole in holes if start <= hole[0] < end):
        if a > at:
            yield at, a
        at = max(at, b)
    if at < end:
        yield at, end


def _lot_near(sheet: Sheet, start: int, end: int, blocks: Blocks) -> str | None:
    named = [number for _, _, numbers in mentions(sheet.folded, start, end) for number in numbers]
    return named[0] if len(set(named)) == 1 else blocks.at(start) if not named else None


def _made(
    sheet: Sheet, name: str, before: _Value | None, after: _Value | None, lot: str | None, rule: str
) -> Correction:
    evidence: list[Evidence] = [sheet.evidence(v.start, v.end, rule=rule) for v in (before, after) if v]
    return Correction(name, before.words if before else None, after.words if after else None, lot, tuple(evidence))


def _from_table(sheet: Sheet, table: Table, blocks: Blocks) -> Iterator[Correction]:
    for row in table.rows:
        item = table.cell(row, "change_item", "correction_item", "name", "role_name", "remark") or next(
            (c for c in row if c and _FIELDS.search(c.words)), None
        )
        old, new = table.cell(row, "change_before"), table.cell(row, "change_after")
        if new is None or _AS_BEFORE.fullmatch(new.words):
            continue
        item_words = item.words if item and item not in (old, new) else ""
        hints = tuple(
            dict.fromkeys(
                m.lastgroup or ""
                for m in _FIELDS.finditer(item_words)
                if not (_PLACE.match(item_words[m.end() : m.end() + 4]) and not re.search("时间|日期", m.group()))
            )
        )
        unit_match = re.search(r"[(,](万元|元)[),]", item_words)
        unit = unit_match[1] if unit_match else ""

        def of(cell: Cell | None, hints: tuple[str, ...] = hints, unit: str = unit) -> _Facts:
            return facts(sheet, cell.start, cell.end, hints, unit) if cell else _Facts()

        before, after = of(old), of(new)
        names = list(dict.fromkeys([*before.values, *after.values]))
        lot = _lot_of_row(table, row) or (_lot_near(sheet, item.start, item.end, blocks) if item else None)
        for name in names:
            if (
                before.values.get(name)
                and after.values.get(name)
                and before.values[name].words == after.values[name].words
            ):
                continue
            yield _made(sheet, name, before.values.get(name), after.values.get(name), lot, "corrections:table")
        if not names:
            words_old = sheet.text[old.start : old.end] if old else None
            words_new = sheet.text[new.start : new.end] if new else None
            if words_old != words_new:
                cells = [cell for cell in (old, new) if cell]
                yield Correction(
                    "other",
                    words_old,
                    words_new,
                    lot,
                    tuple(sheet.evidence(c.start, c.end, item_words, "corrections:table") for c in cells),
                )


_BESIDE = re.compile(r"\s*(?:\([^()]{2,8}\)|前|止|整)?\s*")
_LINK = re.compile(r"\s*(?:\([^()]{2,8}\))?\s*(?:至|到|-|--|~|—)\s*")


def _from_fused_rows(
    sheet: Sheet, start: int, end: int, blocks: Blocks, stretches: list[tuple[int, int]]
) -> Iterator[Correction]:
    """Rows of a table whose cells run together: `3开标时间2026年9月1日11时00分2026年9月11日11时00分`, the old beside the new."""
    folded = sheet.folded
    for line in re.finditer(r"[^\n]+", folded[start:end]):
        first, last = start + line.start(), start + line.end()
        found = [m for m in moments(folded, first, last) if m.when]
        sums = list(amounts(folded, first, last)) if not found else []
        places = [(m.start, m.end) for m in found] or [(a.start, a.end) for a in sums if a.stated_unit]
        if len(places) not in (2, 4) or (sums and len(places) != 2):
            continue
        half = len(places) // 2
        gaps = [folded[places[n][1] : places[n + 1][0]] for n in range(len(places) - 1)]
        names = list(dict.fromkeys(m.lastgroup or "" for m in _FIELDS.finditer(folded, first, places[0][0])))
        money = [name in _MONEY_FIELDS for name in names]
        if (
            not names
            or not (all(money) if sums else not any(money))
            or re.search(r"[:。,;]|由|原|为", folded[first : places[0][0]])
            or not _BESIDE.fullmatch(gaps[half - 1])
            or not all(_LINK.fullmatch(gap) for n, gap in enumerate(gaps) if n != half - 1)
        ):
            continue
        border = places[half][0]
        old, new = facts(sheet, first, border, tuple(names)), facts(sheet, border, last, tuple(names))
        stretches.append((first, last))
        for name in dict.fromkeys([*old.values, *new.values]):
            before, after = old.values.get(name), new.values.get(name)
            if before and after and before.words != after.words:
                yield _made(
                    sheet, name, before, after, _lot_near(sheet, first, border, blocks), "corrections:fused-row"
                )


def _lot_of_row(table: Table, row: tuple[Cell | None, ...]) -> str | None:
    """The lot a row of changes names in a column of its own."""
    for column, cell in zip(table.columns, row, strict=False):
        if column.key == "serial" and re.search(r"包|标段|标项|分标", column.words) and cell is not None:
            return lot_number(cell.words)
    return None


def _from_marks(
    sheet: Sheet, start: int, end: int, blocks: Blocks, stretches: list[tuple[int, int]]
) -> Iterator[Correction]:
    """`更正前：… 更正后：…`, `原公告：… 现更正为：…` as blocks, and `原X：… / 现X：…` as two lines."""
    folded = sheet.folded
    for match in _OLD_NEW_LINE.finditer(folded, start, end):
        hints = tuple(dict.fromkeys(m.lastgroup or "" for m in _FIELDS.finditer(match["old"])))
        if not hints:
            continue
        old = facts(sheet, match.start("oldv"), match.end("oldv"), hints)
        new = facts(sheet, match.start("newv"), match.end("newv"), hints)
        for name in hints:
            if old.values.get(name) or new.values.get(name):
                yield _made(
                    sheet,
                    name,
                    old.values.get(name),
                    new.values.get(name),
                    blocks.at(match.start()),
                    "corrections:two-lines",
                )
        stretches.append((match.start(), match.end()))
    for match in _OLD_NEW_INLINE.finditer(folded, start, end):
        hints = tuple(dict.fromkeys(m.lastgroup or "" for m in _FIELDS.finditer(match["field"])))
        old = facts(sheet, match.start("old"), match.end("old"), hints)
        new = facts(sheet, match.start("new"), match.end("new"), hints)
        for name in hints:
            if old.values.get(name) and new.values.get(name):
                where = _lot_near(sheet, match.start(), match.start("old"), blocks)
                yield _made(sheet, name, old.values[name], new.values[name], where, "corrections:inline")
                stretches.append(match.span())
    befores = [
        m for m in _BEFORE_MARK.finditer(folded, start, end) if not any(a <= m.start() + 1 < b for a, b in stretches)
    ]
    afters = list(_AFTER_MARK.finditer(folded, start, end))
    for index, mark in enumerate(befores):
        next_before = befores[index + 1].start() if index + 1 < len(befores) else end
        after = next((m for m in afters if mark.end() <= m.start() < next_before), None)
        if after is None:
            continue
        stop = min(next_before, _paragraph_end(sheet, after.end(), end))
        head = folded[max(start, mark.start() - 200) : mark.start() + 1].rstrip()
        title = head[head.rfind("\n") + 1 :]
        hints = tuple(dict.fromkeys(m.lastgroup or "" for m in _FIELDS.finditer(title)))
        old = facts(sheet, mark.end(), after.start(), hints)
        hints = hints or tuple(n for n in old.values if n != "documents_from")
        new = facts(sheet, after.end(), stop, hints)
        for name in dict.fromkeys([*old.values, *new.values]):
            before_value, after_value = old.values.get(name), new.values.get(name)
            withdrawn = name in new.named and _LATER.search(folded, after.end(), stop) is not None
            if after_value is None and not (withdrawn and name not in _MONEY_FIELDS):
                continue
            if before_value and after_value and before_value.words == after_value.words:
                continue
            yield _made(
                sheet,
                name,
                before_value,
                after_value,
                _lot_near(sheet, mark.start(), stop, blocks),
                "corrections:blocks",
            )
        if not old.values and not new.values:
            yield Correction(
                "other",
                sheet.text[mark.end() : after.start()].strip(),
                sheet.text[after.end() : stop].strip(),
                _lot_near(sheet, mark.start(), stop, blocks),
                (
                    sheet.evidence(mark.end(), after.start(), rule="corrections:blocks"),
                    sheet.evidence(after.end(), stop, rule="corrections:blocks"),
                ),
            )
        stretches.append((mark.start() + 1, stop))


def _paragraph_end(sheet: Sheet, start: int, end: int) -> int:
    """Where what follows 更正后 ends: the next numbered point or known label of another kind."""
    match = re.compile(
        r"\n[ ]*(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]\)|更正日期|其他(?:内容|事项)?不变)"
    ).search(sheet.folded, start, end)
    return match.start() if match else end


def _from_sentences(sheet: Sheet, start: int, end: int, blocks: Blocks) -> Iterator[Correction]:
    """`X由A更正为B`, `原X：A，更正为：B`, `X延期至B`."""
    folded = sheet.folded
    changes = list(_CHANGE.finditer(folded, start, end))
    floor = start
    for index, change in enumerate(changes):
        if _QUESTION.match(folded, line_start(folded, change.start())):
            continue  # what a bidder asks for is no change
        left = _statement_start(folded, floor, change.start())
        limit = changes[index + 1].start() if index + 1 < len(changes) else end
        limit += len(folded[limit:end]) - len(folded[limit:end].lstrip())
        line = folded.rfind("\n", 0, limit)
        above = folded.rfind("\n", 0, max(line, 0))
        if index + 1 < len(changes) and above > change.end() and not folded[line:limit].strip():
            limit = above  # the next `更正为` stands on a line of its own, below what it changes
        right = _statement_end(folded, change.end(), limit)
        old = facts(sheet, left, change.start())
        hints = tuple(dict.fromkeys(old.named))
        new = facts(sheet, change.end(), right, hints, old.unit)
        if not new.values and not hints:
            new = facts(sheet, change.end(), right)
        names = [name for name in dict.fromkeys([*hints, *new.values]) if name in new.values]
        if not hints:
            # `由A变更为B` whose field stands in the sentence or heading before
            wider = facts(sheet, max(start, line_start(folded, left) - 60), change.start())
            hints = tuple(dict.fromkeys(wider.named[-2:]))
            new = facts(sheet, change.end(), right, hints)
            old = wider
            names = [name for name in new.values if name in hints or name == "documents_from"]
            names = [name for name in names if name not in _MONEY_FIELDS or _states_unit(folded, new.values[name])]
        if not names and new.named and (lead := first_moment(folded, change.end(), right)) and lead.when:
            # `延期至2026年8月28日9时30分开标`: the field stands behind its value
            name = new.named[0]
            said_to_stay = _UNCHANGED.match(folded, lead.end)
            if name not in _MONEY_FIELDS and lead.when.precision in ("minute", "day") and not said_to_stay:
                new.values[name] = _Value(lead.when.local, lead.start, lead.end)
                names = [name]
        aside = _OLD_ASIDE.search(folded, change.end(), right)
        if aside is not None and names:  # `更正为B（原为A）`
            old = facts(sheet, aside.start("old"), aside.end("old"), tuple(names))
        lot = _lot_near(sheet, left, change.start(), blocks)
        planned = folded.rfind("原", floor, left)
        earlier = facts(sheet, planned, left) if planned >= max(floor, left - 160) else _Facts()
        floor = max([change.end(), *(value.end for value in new.values.values())])
        for name in names:
            before, after = old.values.get(name), new.values.get(name)
            if before is None and name not in _MONEY_FIELDS and after is not None:
                before = _last_moment(sheet, left, change.start(), name) or earlier.values.get(name)
            if name == "documents_from" and before and after and before.words == after.words:
                continue
            yield _made(sheet, name, before, after, lot, "corrections:sentence")
        if not names:
            yield Correction(
                "other",
                sheet.text[left : change.start()].strip() or None,
                sheet.text[change.end() : right].strip() or None,
                lot,
                (sheet.evidence(left, right, rule="corrections:sentence"),),
            )


_AFTERWARDS = re.compile(
    r"(?:延期|延长|变更|更正|调整|顺延|推迟|修改|更改|改期)后(?:的|,)?(?=[^\n。;\d:]{2,30}?(?:时间|日期|限价|预算))"
)


def _afterwards(sheet: Sheet, start: int, end: int, blocks: Blocks) -> Iterator[Correction]:
    """`延期后的投标截止时间为B`: a new value that names no old one."""
    for match in _AFTERWARDS.finditer(sheet.folded, start, end):
        stop = _statement_end(sheet.folded, match.end(), end)
        said = facts(sheet, match.end(), stop)
        for name, value in said.values.items():
            if name != "documents_from":
                lot = _lot_near(sheet, match.start(), match.end(), blocks)
                yield _made(sheet, name, None, value, lot, "corrections:afterwards")


def _dropped(sheet: Sheet, start: int, end: int, blocks: Blocks) -> Iterator[Correction]:
    for match in _DROPPED.finditer(sheet.folded, start, end):
        said = facts(sheet, match.start("what"), match.end("what"))
        for name, value in said.values.items():
            if name in _MONEY_FIELDS:
                yield _made(
                    sheet,
                    name,
                    value,
                    None,
                    _lot_near(sheet, match.start(), match.end(), blocks),
                    "corrections:dropped",
                )


def _states_unit(folded: str, value: _Value) -> bool:
    return re.search("[元万亿¥]", folded[value.start : value.end + 2]) is not None


def _withdrawn(sheet: Sheet, start: int, end: int, blocks: Blocks) -> Iterator[Correction]:
    """Dates taken back without new ones: `原定于A开标，现延期，具体时间另行通知`, `开标时间更正为：另行通知`."""
    folded = sheet.folded
    for match in _PUT_OFF.finditer(folded, start, end):
        left = max(start, line_start(folded, match.start(), "。;\n"))
        if _QUESTION.match(folded, left) or re.search("暂停|中止|恢复", folded[left : match.start()]):
            continue  # a suspension takes back no date
        said = facts(sheet, left, match.end())
        planned = _last_moment(sheet, left, match.start(), "bid_deadline")
        for name in dict.fromkeys(said.named):
            old = said.values.get(name) or planned
            if name not in _MONEY_FIELDS and old is not None:
                yield _made(
                    sheet, name, old, None, _lot_near(sheet, left, match.end(), blocks), "corrections:withdrawn"
                )


def _moved_along(sheet: Sheet, rows: list[Correction], start: int, end: int, blocks: Blocks) -> Iterator[Correction]:
    """`投标截止时间由A延期至B，开标时间相应顺延`: the opening, said to move with a deadline whose new date is known."""
    folded = sheet.folded
    for match in _ALONG.finditer(folded, start, end):
        clause = line_start(folded, match.start(), ",。;\n")
        named = {mark.lastgroup for mark in _FIELDS.finditer(folded, max(clause, start), match.start())}
        lot = _lot_near(sheet, max(clause, start), match.start(), blocks)
        led = [row for row in rows if row.field == "bid_deadline" and row.after and row.lot in (lot, None)]
        said = any(mentions(folded, max(clause, start), match.start()))
        if not said and len({row.lot for row in rows if row.field == "bid_deadline"}) > 1:
            led = [row for row in rows if row.field == "bid_deadline" and row.after]  # each lot's moves with its own
        elif len(led) > 1:
            continue
        for row in led if "opening_at" in named else ():
            evidence = sheet.evidence(max(clause, start), match.end(), rule="corrections:along")
            before = row.before if match["how"] == "同步" else None
            yield Correction("opening_at", before, row.after, row.lot, (evidence, *row.evidence[-1:]))


def _last_moment(sheet: Sheet, start: int, end: int, name: str) -> _Value | None:
    """The old date of a sentence whose field is named behind it (`由A延期至B`)."""
    if name == "documents_until":
        got = span(sheet.folded, start, end)
        return _Value(got.last.local, got.start, got.end) if got and got.last else None
    last = None
    for moment in moments(sheet.folded, start, end):
        if moment.when and moment.when.precision in ("minute", "day"):
            last = _Value(moment.when.local, moment.start, moment.end)
    return last


def _statement_start(folded: str, floor: int, at: int) -> int:
    """The beginning of the statement a change word stands in; a value may have wrapped to the next line."""
    left = max(folded.rfind("。", floor, at), folded.rfind("；", floor, at), folded.rfind(";", floor, at)) + 1
    left = max(left, floor)
    line = folded.rfind("\n", left, at)
    while line >= left:
        tail = folded[line + 1 : at].strip()
        if _FIELDS.search(tail) or len(tail) > 60:
            return line + 1
        further = folded.rfind("\n", left, line)
        if at - line > 200 or further < 0:
            return left if at - left < 240 else line + 1
        line = further
    return left


def _statement_end(folded: str, start: int, limit: int) -> int:
    match = re.compile(
        r"[。;]|[,、](?=[^,、。;\n\d]{2,26}(?:由|从|原(?:定|为)?) *(?:人民币|¥|\d))|\n(?=\s*(?:\d{1,2}[.、]|\([一二三四五六七八九十\d]\)|[一二三四五六七八九十]{1,2}、|原|更正日期|其[他它余]))"
    ).search(folded, start, limit)
    end = match.start() if match else limit
    return min(end, start + 400)


def _other(sheet: Sheet, regions: list[tuple[int, int]]) -> list[Correction]:
    """A correction whose change is no date and no sum, in its own words."""
    for hit in sheet.of("correction_content"):
        words = sheet.words(hit)
        if words:
            return [
                Correction(
                    "other",
                    None,
                    words[:2000],
                    None,
                    (sheet.evidence(hit.value, hit.end, hit.label, "labels:correction_content"),),
                )
            ]
    for start, end in regions:
        words = sheet.text[start:end].strip()
        if words:
            return [
                Correction(
                    "other",
                    None,
                    words[:2000],
                    None,
                    (sheet.evidence(start, min(end, start + 2000), rule="sections:correction"),),
                )
            ]
    return []


_CANCELLED = re.compile(r"(?:取消|终止|不再)(?:对)?(?:采购|招标|本包|该包|本标段|该标段|本项)|予以取消|取消$")
_CANCELS = re.compile(r"(?:取消|终止|不再(?:采购|组织|进行))(?:对|了)?(?:本项目)?[^\n。;,:]{0,6}$")


def cancelled(sheet: Sheet) -> tuple[str, ...]:
    """Lots that a correction takes out of the purchase: `取消第3包（冰箱）的采购`, `第2包因需求调整，取消采购`."""
    out: list[str] = []
    seen = list(mentions(sheet.folded))
    for index, (start, end, numbers) in enumerate(seen):
        begin = line_start(sheet.folded, start, "。;\n")
        stop = min([end + 120, *(further for further, _, _ in seen[index + 1 : index + 2])])
        behind = re.split(r"[。;\n]", sheet.folded[end:stop])[0]
        if _CANCELLED.search(behind) or (
            _CANCELS.search(sheet.folded[begin:start]) and not re.search("要求|限制|条件|参数|条款", behind)
        ):
            out += numbers
    return _in_order(out)


def _in_order(numbers: list[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(numbers), key=lambda n: (not n.isdigit(), int(n) if n.isdigit() else 0, n)))


_NO_REASON = re.compile(r"[\s/\-—:]*(?:无|空)?[\s/\-—。;]*")


def terminated(
    sheet: Sheet,
    tables: list[Table],
    folded_title: str,
    whole: bool,
    blocks: Blocks,
    won: Collection[str | None] = (),
) -> tuple[str, ...]:
    """Lots that end without an award; ("all",) where a termination names none.

    `whole` says that the notice itself is a termination; in an award only a lot said to fail counts. A form's empty
    废标原因 ends nothing, nor does one beside a winner: `won` are the lots that have one.
    """
    fails = re.compile(
        r"废标|流标|终止|采购失败|招标失败|不足(?:三|3)家|少于(?:三|3)家|有效(?:投标|供应商|响应).{0,8}不足|作废"
    )
    named: list[str] = []
    if whole:
        for _, _, numbers in mentions(folded_title):
            named += numbers
    for table in tables:
        if table.index("reason") is None or table.index("serial") is None:
            continue
        for row in table.rows:
            cell, why = table.cell(row, "serial"), table.cell(row, "reason")
            number = lot_number(cell.words) if cell else None
            if number and number not in {*named, *won} and not (why and _NO_REASON.fullmatch(why.words)):
                named.append(number)
    for hit in sheet.of("reason"):  # 废标理由 inside a lot's own block
        number = blocks.at(hit.start)
        given = not _NO_REASON.fullmatch(sheet.folded, hit.value, hit.end)
        if number and given and number not in {*named, *won}:
            named.append(number)
    sections: list[Section] = sheet.named("reason")
    spans = [(s.body, s.end) for s in sections] + [(h.value, h.end) for h in sheet.of("reason")]
    if whole and not named:
        for start, end in spans:
            for _, _, numbers in mentions(sheet.folded, start, end):
                named += numbers
    if not named or not whole:
        for start, end, numbers in mentions(sheet.folded):
            tail = re.split(r"[。;\n]", sheet.folded[end : end + 60])[0]
            following = next(mentions(tail), None)
            tail = tail[: following[0]] if following else tail
            section = sheet.section_at(start)
            if fails.search(tail) and (
                section is None
                or section.id not in ("qualification", "other", "rejected")
                or re.search(r"废标|流标", tail)
            ):
                named += numbers
    if named:
        return _in_order(named)
    return ("all",) if whole else ()
