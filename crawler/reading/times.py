# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Dates of a notice: documents, deadline, opening and the others, with precedence and conflicts.

Precedence: the section for submission, then 项目概况, then the portal's summary. 获取采购文件时间 is never a deadline.
"""

import re
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from crawler.clock import SHANGHAI
from crawler.notice import Conflict, Issue, Kind, Period, Reading, When
from crawler.reading.choose import Candidate, choose
from crawler.reading.dates import Moment, first_moment, instants, moments, period, span
from crawler.reading.lots import Blocks, mentions
from crawler.reading.sheet import Hit, Section, Sheet, line_start

Value = When | Period
Candidates = dict[str, list[Candidate[Value]]]

_BEFORE = re.compile(
    r"(?:并|请|须|应|必须|务必)?\s*[于在]\s*(?P<when>(?:北京时间)?\s*(?:19|20|二)[^\n]{6,46}?)\s*(?:\([^)\n]{2,12}\)\s*)?(?:之?前|以前|截止前)[^。\n]{0,30}?(?P<what>提交|递交|上传|送达|报价|响应|投标)(?P<rest>[^。,;\n]{0,14})"
)
_AT = re.compile(r"[于在]\s*(?:北京时间)?\s*(?:19|20|二)")
"""What `_BEFORE` needs, found fast."""
_OPENS_TOO = re.compile(r"\((?:即|暨|及|和)?(?:开标|开启)(?:时间)?\)")
_APPLY = re.compile(r"申请文件|资格预审")
_AT_ONCE = re.compile(
    r"(?:开标|开启)(?:时间)?:?\s*[与和同](?:投标|响应|应答|提交|递交)?[^。\n]{0,10}截止(?:时间)?(?:为|是)?(?:同一时间|一致|相同)|(?:开标|开启)时间(?:同|即)于?[^。;,\n]{0,12}截止时间(?=[。;,\n]|$)|截止时间(?:即|也|同时)?(?:为|是)(?:开标|开启)时间|[,，]开标同时进行|(?:截止(?:时间)?(?:的)?同一时间|同时|同一时间)[^。\n]{0,40}?(?:开标|开启|公开|唱价|唱标)"
)
_SAME_AS = re.compile(
    r"^\s*(?:同|与|即|为)?\s*(?:上|上述)?.{0,6}(?:投标|响应|提交|递交|截标)?.{0,10}截止(?:时间)?(?:一致|相同|同一时间|同时)?"
)
_SALE = re.compile(
    r"[请可于在自从] *(?P<when>(?:19|20)\d\d *[年./-][^。;\n]{6,120}?)(?:购买|获取|领取|下载|报名)[^。;,\n]{0,16}(?:文件|标书|报名)"
)
"""`请于2026年9月1日至9月7日，每日上午9时至12时，持介绍信购买招标文件`, where no label or heading announces it."""
_SAID_BEHIND = re.compile(
    r"(?<=[\d时分点整半秒])(?![\d年月日时分点:]) *(?:(?P<due>\((?:即|为)?(?:本项目)?(?:首次)?(?:投标|响应|应答|报价|磋商响应|谈判响应|询价响应|提交|递交)[^()\d]{0,10}截止(?:时间|日期)?\))"
    r"|(?P<opens>(?:\([^()\n]{2,8}\))? *(?:整|准时)?(?:在[^,。;\n]{2,30}?)?(?:公开|准时|进行|统一)*(?:开标|唱标|唱价)(?![一-龥]))"
    r"|(?P<held>[^。;\n]{0,30}(?:进行|举行|组织)了?[^。;,\n]{0,12}?(?:开标|开启|谈判|磋商|唱标|唱价)))"
)
"""What is said behind a time: `2026年7月29日14时30分（投标截止时间）`, `…在会议室公开开标`, `…进行了谈判`."""
_SAME_AS_OPENING = re.compile(r"\s*(?:同|与|即|为)\s*(?:上述|本项目)?(?:开标|开启)(?:时间)?")
_OTHER_THING = re.compile(r"保证金|样品|澄清|疑问|质疑|异议|踏勘|考察|报名|获取|领取|购买|下载|确认|解密|签到|开始")

_SIMPLE: dict[str, tuple[str, ...]] = {
    "deposit_deadline": ("deposit_deadline",),
    "question_deadline": ("question_deadline",),
    "contract_signed_at": ("contract_signed",),
    "first_published_at": ("first_published",),
    "expected_at": ("expected",),
}


def plain(value: Value) -> str:
    """A time as text: `2026-12-03T09:30`, or a period in words."""
    return value.local if isinstance(value, When) else f"{value.anchor}+{value.length}{value.unit}"


def agrees(one: Value, two: Value) -> bool:
    """Whether two prints can mean the same: equal, or the coarser contains the finer."""
    if isinstance(one, When) and isinstance(two, When):
        short, long = sorted((one.local, two.local), key=len)
        return long.startswith(short)
    return one == two


def read_times(
    sheet: Sheet, kind: Kind, blocks: Blocks, skip: Callable[[int], bool]
) -> tuple[dict[str, Reading[Value]], dict[str, dict[str, Reading[Value]]], list[Conflict], list[Issue]]:
    """All times of a notice and those of its lots. `skip` says which offsets belong to something else (a correction's before and after)."""
    found: Candidates = {}
    issues: list[Issue] = []

    def add(name: str, value: Value | None, hit_label: str, start: int, end: int, rank: int, rule: str) -> None:
        if value is not None and not skip(start):
            evidence = sheet.evidence(start, end, hit_label, rule)
            found.setdefault(name, []).append(Candidate(value, evidence, rank))

    def moment_of(hit: Hit, stop: int | None = None) -> Moment | None:
        moment = first_moment(sheet.folded, hit.value, stop or hit.end)
        if moment is None:
            moment = _across(sheet, hit)
        if moment is not None and moment.when is None:
            issues.append(Issue("value", sheet.text[moment.start : moment.end], f"{hit.label}: no such day or hour"))
        return moment

    deadline_name = "prequalification_deadline" if kind == "prequalification" else "bid_deadline"
    stage_zero = kind in ("opinion", "single_source", "intention")
    _documents(sheet, kind, add, issues)

    for hit in sheet.of("bid_deadline", "joint_deadline"):
        if stage_zero:
            continue
        moment = _due(sheet, hit.value, hit.end) or moment_of(hit)
        if moment is None or moment.when is None:
            continue
        rank = 4 if hit.summary else 0 if hit.section in ("submission", "opening", "documents", "") else 1
        if kind == "prequalification" and "投标" in hit.label:
            # 投标截止时间 of a 资格预审公告（代招标公告）: the bid's, and the application's where its section says so
            add("bid_deadline", moment.when, hit.label, moment.start, moment.end, rank, "labels:" + hit.key)
            section = sheet.section_at(hit.start)
            if section is None or not _APPLY.search(section.heading):
                continue
        add(deadline_name, moment.when, hit.label, moment.start, moment.end, rank, "labels:" + hit.key)
        if hit.key == "joint_deadline" or _OPENS_TOO.search(hit.paren):
            add("opening_at", moment.when, hit.label, moment.start, moment.end, rank, "labels:joint_deadline")
    for before, hit in pairwise(sheet.hits):
        beside = before.key == "submit_from" and hit.start - before.start < 90
        if hit.key == "deadline" and beside and not stage_zero and (moment := moment_of(hit)) and moment.when:
            # `递交开始时间：9:00，截止时间：9:30`
            add(deadline_name, moment.when, hit.label, moment.start, moment.end, 0, "labels:deadline@submit_from")
    for hit in sheet.of("quote_window"):
        moment = _due(sheet, hit.value, hit.end)
        if not stage_zero and moment is not None and moment.when is not None:
            add(deadline_name, moment.when, hit.label, moment.start, moment.end, 1, "labels:quote_window")
    for hit in sheet.of("prequal_deadline"):
        moment = moment_of(hit)
        if moment is None or moment.when is None:
            continue
        name = (
            "prequalification_deadline"
            if kind in ("prequalification", "tender") and "资格申请" not in hit.label
            else "bid_deadline"
        )
        rank = 0 if name == "prequalification_deadline" else 6
        add(name, moment.when, hit.label, moment.start, moment.end, rank, "labels:prequal_deadline")
    for hit in sheet.of("opening"):
        moment = moment_of(hit)
        if moment is not None and moment.when is not None:
            rank = 4 if hit.summary else 0 if hit.section in ("submission", "opening", "") else 1
            add("opening_at", moment.when, hit.label, moment.start, moment.end, rank, "labels:opening")
    if not stage_zero:
        _submission(sheet, deadline_name, add)
        _overview(sheet, kind, add)
    for match in _SAID_BEHIND.finditer(sheet.folded, sheet.summary_end):
        moment = _ending_at(sheet.folded, match.start())
        if moment is None or moment.when is None or stage_zero:
            continue
        if match["due"]:
            add(deadline_name, moment.when, match["due"], moment.start, moment.end, 2, "times:named-behind")
        elif kind in ("award", "award_candidate") or (match["opens"] and kind != "correction"):
            add("opening_at", moment.when, "", moment.start, moment.end, 3, "times:opens")
    for name, keys in _SIMPLE.items():
        for hit in sheet.of(*keys):
            moment = moment_of(hit)
            if moment is not None and moment.when is not None:
                add(
                    name, moment.when, hit.label, moment.start, moment.end, 4 if hit.summary else 1, "labels:" + hit.key
                )
    if kind in ("opinion", "single_source", "award_candidate"):
        for hit in sheet.of("opinion_deadline"):
            _opinion(sheet, hit.value, hit.end, hit.label, add)
        for section in sheet.named("publicity"):
            _opinion(sheet, section.body, section.end, section.heading, add)
    times: dict[str, Reading[Value]] = {}
    conflicts: list[Conflict] = []
    by_lot: dict[str, dict[str, Reading[Value]]] = {}
    for name, everything in found.items():
        candidates = _apart(sheet, name, everything, blocks, by_lot)
        chosen, conflict = choose(name, _tidy(candidates), plain, same=agrees)
        if chosen is not None:
            finer = [
                c for c in candidates if isinstance(c.value, When) and agrees(chosen.value, c.value) and c.rank < 4
            ]
            best = max((c.value for c in finer), key=lambda value: len(plain(value)), default=chosen.value)
            if len(plain(best)) > len(plain(chosen.value)) and isinstance(chosen.value, When):
                chosen = Reading(best, chosen.evidence, chosen.confidence)
            times[name] = chosen
        if conflict is not None and name in (
            "bid_deadline",
            "opening_at",
            "prequalification_deadline",
            "documents_from",
            "documents_until",
            "expected_at",
        ):
            conflicts.append(conflict)
    conflicts += [clash for name, reading in times.items() if (clash := _other_zone(sheet, name, reading))]
    _opening_with_deadline(sheet, times)
    return times, by_lot, conflicts, issues


def _ending_at(folded: str, end: int) -> Moment | None:
    """The time of day that ends at an offset."""
    found = [m for m in moments(folded, max(0, end - 44), end) if m.when and m.when.precision == "minute"]
    return found[-1] if found and folded[found[-1].end : end].strip() == "" else None


def _other_zone(sheet: Sheet, name: str, reading: Reading[Value]) -> Conflict | None:
    """A stated zone other than the place's: both meanings are shown, none is guessed."""
    if not isinstance(reading.value, When) or reading.value.precision != "minute":
        return None
    for evidence in reading.evidence:
        moment = first_moment(sheet.folded, evidence.start, evidence.end + 16) if evidence.start >= 0 else None
        if moment is not None and moment.zone is not None:
            there = datetime.fromisoformat(reading.value.local).replace(tzinfo=ZoneInfo(moment.zone))
            here = there.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
            if here != reading.value.local:
                return Conflict(name, (Reading(reading.value.local, (evidence,), 0.5), Reading(here, (evidence,), 0.5)))
    return None


def _own_lot(sheet: Sheet, offset: int) -> str | None:
    """The lot that the clause in front of an offset names."""
    clause = sheet.folded[line_start(sheet.folded, offset, "\n。;,") : offset]
    named = {number for _, _, numbers in mentions(clause) for number in numbers}
    return named.pop() if len(named) == 1 else None


def _apart(
    sheet: Sheet,
    name: str,
    candidates: list[Candidate[Value]],
    blocks: Blocks,
    by_lot: dict[str, dict[str, Reading[Value]]],
) -> list[Candidate[Value]]:
    """The candidates that speak for the whole; where lots have times of their own these go to `by_lot`.

    Where only the lots print it, the earliest stands for the whole.
    """
    groups: dict[str | None, list[Candidate[Value]]] = {}
    for candidate in candidates:
        groups.setdefault(_own_lot(sheet, candidate.evidence.start) or blocks.at(candidate.evidence.start), []).append(
            candidate
        )
    lots = {lot: rows for lot, rows in groups.items() if lot is not None}
    if len(lots) < 2 or len({plain(row.value) for rows in lots.values() for row in rows}) < 2:
        return candidates
    for lot, rows in lots.items():
        chosen, _ = choose(name, _tidy(rows), plain, lot, agrees)
        if chosen is not None:
            by_lot.setdefault(lot, {})[name] = chosen
    whole = groups.get(None)
    if whole:
        return whole
    own = [reading for lot in by_lot for key, reading in by_lot[lot].items() if key == name]
    first = min(own, key=lambda reading: plain(reading.value))
    return [Candidate(first.value, evidence, 0) for evidence in first.evidence]


def _tidy(candidates: list[Candidate[Value]]) -> list[Candidate[Value]]:
    """Finer prints before coarser ones of the same rank."""
    return sorted(candidates, key=lambda c: (c.rank, -len(plain(c.value)) if isinstance(c.value, When) else 0))


def _across(sheet: Sheet, hit: Hit) -> Moment | None:
    """A date that begins in a value and goes on behind a label-like word or line break."""
    moment = first_moment(sheet.folded, hit.value, min(len(sheet.folded), hit.end + 30))
    return moment if moment is not None and moment.start < hit.end else None


def _documents(sheet: Sheet, kind: Kind, add: Callable[..., None], issues: list[Issue]) -> None:
    if kind in (
        "award",
        "award_candidate",
        "termination",
        "contract",
        "acceptance",
        "opinion",
        "single_source",
        "intention",
    ):
        return
    places: list[tuple[int, int, str, int, str]] = []
    for hit in sheet.of("doc_time"):
        rank = 4 if hit.summary else 0 if hit.section == "documents" else 1
        if re.search("报名", hit.label):
            rank += 1
        places.append((hit.value, _range_end(sheet, hit), hit.label, rank, "labels:doc_time"))
    places += [
        (hit.value, _range_end(sheet, hit), hit.label, 0, "labels:time@documents")
        for hit in sheet.of("time")
        if hit.section == "documents" and not hit.summary
    ]
    if not any(rank == 0 for _, _, _, rank, _ in places):
        places += [
            (section.body, min(section.end, section.body + 700), section.heading, 2, "sections:documents")
            for section in sheet.named("documents")
        ]
    for start, end, label, rank, rule in places:
        got = span(sheet.folded, start, end)
        relative = period(sheet.folded, start, min(end, start + 60))
        if got is None or (relative and relative[1] < got.start):
            if relative and rank < 2:
                add("documents_until", relative[0], label, relative[1], relative[2], rank, rule)
            if got is None:
                continue
        if rank == 2 and (got.last is None or got.first == got.last):
            continue  # a lone date in running text is no window
        issues += [Issue("value", words, f"{label}: no such day") for words in got.impossible]
        single = got.first is not None and got.first == got.last
        if got.first is not None:
            add("documents_from", got.first, label, got.start, got.end, rank, rule)
        if got.last is not None and not single:
            add("documents_until", got.last, label, got.start, got.end, rank, rule)
    if not places and (sale := _SALE.search(sheet.folded)):
        got = span(sheet.folded, sale.start("when"), sale.end("when"))
        if got is not None and got.first and got.last and got.first != got.last:
            add("documents_from", got.first, "", got.start, got.end, 2, "times:sale")
            add("documents_until", got.last, "", got.start, got.end, 2, "times:sale")
    for hit in sheet.of("doc_from"):
        moment = first_moment(sheet.folded, hit.value, hit.end)
        if moment and moment.when:
            add("documents_from", moment.when, hit.label, moment.start, moment.end, 1, "labels:doc_from")
    for hit in sheet.of("doc_until"):
        moment = first_moment(sheet.folded, hit.value, hit.end)
        if moment and moment.when:
            add("documents_until", moment.when, hit.label, moment.start, moment.end, 1, "labels:doc_until")
    for section in sheet.named("documents"):
        for hit in sheet.of("deadline"):
            if (
                section.start <= hit.start < section.end
                and (moment := first_moment(sheet.folded, hit.value, hit.end))
                and moment.when
            ):
                add("documents_until", moment.when, hit.label, moment.start, moment.end, 1, "labels:deadline@documents")


def _range_end(sheet: Sheet, hit: Hit) -> int:
    """A window's daily hours may stand on the line below it."""
    line_end = sheet.folded.find("\n", hit.end + 1)
    line_end = len(sheet.folded) if line_end < 0 else line_end
    below = sheet.folded[hit.end : line_end]
    if re.match(r"[\s|]*(?:每[天日]|上午|至|到|\(?北京时间)", below) or re.search(
        r"(?:至|到|-)\s*$", sheet.folded[hit.value : hit.end]
    ):
        return line_end
    return hit.end


def _submission(sheet: Sheet, name: str, add: Callable[..., None]) -> None:
    for section in sheet.named("submission"):
        hits = [h for h in sheet.hits if section.start <= h.start < section.end and not h.summary]
        both = bool(re.search(r"开标|开启", section.heading))
        dated = False
        hits_of_time = [hit for hit in hits if hit.key in ("deadline", "time", "opening") and "开始" not in hit.label]
        for hit in sorted(hits, key=lambda hit: hit.key != "deadline"):  # 截止时间 before a bare 时间
            if hit.key not in ("deadline", "time") or not sheet.words(hit) or hit.label.startswith(("开始", "起始")):
                continue
            moment = _due(sheet, hit.value, hit.end) or first_moment(sheet.folded, hit.value, hit.end)
            if moment is None or moment.when is None:
                continue
            if hit.key == "deadline" or not dated:
                add(name, moment.when, hit.label, moment.start, moment.end, 0, "labels:deadline@submission")
            if both and hit.key == "deadline" and len(hits_of_time) == 1:
                add("opening_at", moment.when, hit.label, moment.start, moment.end, 3, "labels:deadline@submission")
            dated = dated or hit.key == "deadline" or not both
            if both and hit.key == "time":
                add("opening_at", moment.when, hit.label, moment.start, moment.end, 0, "labels:time@submission")
        if not dated and not any(
            h.key in ("bid_deadline", "joint_deadline", "prequal_deadline") and sheet.words(h) for h in hits
        ):
            moment = _lone_deadline(sheet, section)
            other = next((h for h in hits if h.key in ("opening", "submit_from", "doc_time", "quote_window")), None)
            if moment is not None and moment.when is not None and not (other and other.start < moment.start):
                add(name, moment.when, section.heading, moment.start, moment.end, 0, "sections:submission")
                if both:
                    add("opening_at", moment.when, section.heading, moment.start, moment.end, 0, "sections:submission")
    for section in sheet.named("opening"):
        if section.heading == "资格预审日期":
            continue
        hits = [h for h in sheet.hits if section.start <= h.start < section.end and not h.summary]
        dated = False
        for hit in hits:
            if hit.key == "time" and (moment := first_moment(sheet.folded, hit.value, hit.end)) and moment.when:
                dated = True
                add("opening_at", moment.when, hit.label, moment.start, moment.end, 0, "labels:time@opening")
        if not dated and not any(h.key in ("opening", "joint_deadline") for h in hits):
            further = _MAIN_POINT.search(sheet.folded, section.body, section.end)
            stop = further.start() if further else section.end
            found = [m for m in moments(sheet.folded, section.body, stop) if m.when and len(m.when.local) >= 10]
            for moment in found[:1] if found and _opens_at(sheet, section, found[0]) else ():
                each = [moment, *(m for m in found[1:] if _own_lot(sheet, m.start))]  # `第1包：…；第2包：…`
                for m in each:
                    add("opening_at", m.when, section.heading, m.start, m.end, 0, "sections:opening")


def _opens_at(sheet: Sheet, section: Section, moment: Moment) -> bool:
    """Whether a section's first date can be the opening: nothing else is due then, and it is not said to be the deadline's."""
    clause = re.split(r"[。;\n]", sheet.folded[section.body : moment.start])[-1]
    return not (_OTHER_THING.search(clause) or _AT_ONCE.search(sheet.folded, section.start, moment.start))


_MAIN_POINT = re.compile(r"\n *[一二三四五六七八九十]{1,3}、")
_DUE = re.compile(r"\s*(?:\([^()\n]{2,12}\))?\s*(?:之?前|止|截止)")


def _lone_deadline(sheet: Sheet, section: Section) -> Moment | None:
    """The deadline of a section that prints it without a label: the one said to be due, or the only date there."""
    plausible: list[Moment] = []
    for moment in instants(sheet.folded, section.body, section.end):
        if moment.when is None or moment.when.precision not in ("minute", "day"):
            continue
        line = sheet.folded[line_start(sheet.folded, moment.start) : moment.start]
        line = re.split(r"[。;]", line)[-1]
        after = re.sub(r"\([^()]*\)?", "", sheet.folded[moment.end : moment.end + 60].split("\n")[0])[:16]
        if not _OTHER_THING.search(re.sub(r"提交.{0,6}文件|首次", "", line + after)):
            plausible.append(moment)
    due = [
        m
        for m in plausible
        if _DUE.match(sheet.folded, m.end) or "截止" in sheet.folded[max(0, m.start - 14) : m.start]
    ]
    values = {m.when.local for m in due or plausible if m.when}
    if len(values) == 1:
        return (due or plausible)[0]
    first = plausible[0] if plausible else None
    line_end = sheet.folded.find("\n", first.start) if first else -1
    return _due(sheet, first.start, line_end if line_end > 0 else section.end) if first else None


_BEGINS = re.compile(r"\s*\(?\s*(?:开始|起(?!止))")
_LINKED = re.compile(r"\s*(?:-|--|~|至|到|—)\s*$")


def _due(sheet: Sheet, start: int, end: int) -> Moment | None:
    """Of the times in a value the one that is due: said to be (截止, 前), or the end of a window; never its start."""
    found = [m for m in instants(sheet.folded, start, end) if m.when and m.when.precision in ("minute", "day")]
    if len({m.when for m in found}) < 2:
        return None
    marked = [m for m in found if _DUE.match(sheet.folded, m.end)]
    if marked:
        return marked[0]
    found = [m for m in found if not _BEGINS.match(sheet.folded, m.end)]
    if len(found) == 1:
        return found[0]
    for one, two in pairwise(found):
        if _LINKED.match(sheet.folded, one.end, two.start) and _LINKED.fullmatch(
            sheet.folded[one.end : two.start].rstrip() + " "
        ):
            return two
    got = span(sheet.folded, start, end)
    if got is not None and got.first and got.last and got.first != got.last and got.last.precision == "minute":
        return Moment(got.start, got.end, got.last)
    return None


def _overview(sheet: Sheet, kind: Kind, add: Callable[..., None]) -> None:
    """`…并于2026年4月8日9点30分（北京时间）前递交投标文件` in 项目概况, and the same sentence elsewhere."""
    for match in _BEFORE.finditer(sheet.folded) if _AT.search(sheet.folded) else ():
        moment = first_moment(sheet.folded, match.start("when"), match.end("when") + 1)
        window = span(sheet.folded, match.start("when"), match.end("when") + 1)
        if moment is not None and window is not None and window.first and window.last and window.first != window.last:
            moment = Moment(window.start, window.end, window.last)  # `于8:30至9:00前递交` is due at its end
        if moment is None or moment.when is None or moment.start > match.start("when") + 8:
            continue
        words = match["what"] + match["rest"]
        between = sheet.folded[moment.end : match.start("what")]
        sentence = re.split(r"[。;\n]", sheet.folded[max(0, match.start() - 60) : match.start()])[-1]
        if re.search(r"疑问|质疑|异议|澄清|保函|保证金|样品|样车|资料原件", sentence) or "到账" in between:
            continue
        if _OTHER_THING.search(between) or re.search(r"意见|反馈|质疑|异议|保证金|样品|资料|确认|报名", match["rest"]):
            continue
        applying = bool(_APPLY.search(words + between)) or (kind == "prequalification" and "投标文件" not in words)
        if kind == "prequalification" and not applying:
            continue
        name = "prequalification_deadline" if applying and kind in ("prequalification", "tender") else "bid_deadline"
        section = sheet.section_at(match.start())
        rank = 0 if section is not None and section.id == "submission" else 2
        add(name, moment.when, "", moment.start, moment.end, rank, "times:before-submit")


def _opinion(sheet: Sheet, start: int, end: int, label: str, add: Callable[..., None]) -> None:
    got = span(sheet.folded, start, end)
    if got is not None and got.last is not None:
        add("opinion_deadline", got.last, label, got.start, got.end, 1, "labels:opinion_deadline")


def _opening_with_deadline(sheet: Sheet, times: dict[str, Reading[Value]]) -> None:
    """Opening said to be at the deadline (`投标截止同一时间开标`, `开标时间：同投标截止时间`), or the deadline at the opening."""
    deadline, opening = times.get("bid_deadline"), times.get("opening_at")
    if deadline is None and opening is not None:
        for hit in sheet.of("bid_deadline"):
            if _SAME_AS_OPENING.match(sheet.folded, hit.value, hit.end):
                evidence = sheet.evidence(hit.value, hit.end, hit.label, "times:same-as-opening")
                times["bid_deadline"] = Reading(opening.value, (evidence, *opening.evidence), 0.9)
                return
    if deadline is None or opening is not None:
        return
    for hit in sheet.of("opening"):
        match = _SAME_AS.match(sheet.folded[hit.value : hit.end])
        if (
            match
            and re.search("截止", match.group())
            and not re.match(r"(?:时间|日期)?(?:之?后|[^。\n]{0,20}另行)", sheet.folded[hit.value + match.end() :])
        ):
            evidence = sheet.evidence(hit.value, hit.end, hit.label, "times:same-as-deadline")
            times["opening_at"] = Reading(deadline.value, (evidence, *deadline.evidence), 0.9)
            return
    at_once = _AT_ONCE.search(sheet.folded)
    if at_once:
        evidence = sheet.evidence(at_once.start(), at_once.end(), rule="times:same-as-deadline")
        times["opening_at"] = Reading(deadline.value, (evidence, *deadline.evidence), 0.9)
