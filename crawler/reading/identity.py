# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Which purchase a notice belongs to: number, name, references to earlier notices."""

import json
import re

from crawler.notice import Evidence, Kind, Reading
from crawler.reading.choose import Candidate, choose
from crawler.reading.sheet import Hit, Sheet, line_start
from crawler.reading.tables import Table
from crawler.text import comparison_key, fold

_EMPTY = re.compile(r"^[\s/\\*\-—_.。]*$|^(?:无|详见.*|见.*|/)$")
_NUMBER_END = re.compile(
    r"(?<=[A-Za-z0-9]{2})(?=[一-龥]{7})(?![一-龥]{0,20}?(?:字第 *\d|第 *\d+ *号))|(?<=[A-Za-z0-9])(?=(?:项目|采购|招标|预算|代理|品目|公告)[一-龥])(?![一-龥]{0,20}?(?:字第 *\d|第 *\d+ *号))|[,，。;；、\n]|\s{2,}|\s(?!号(?:$|[\s,，。;；)）]))(?=[一-龥(（])|[(（](?=[^)）]{0,30}[:：])|[(（](?=(?:招标|采购|项目|政府|备案|原|第.{1,3}包|招标文件))"
)
_TITLE_NUMBER = re.compile(
    r"[（(](?:项目编号|采购编号|招标编号|编号)?[:：]?\s*([A-Za-z0-9][A-Za-z0-9\-—\[\]()/_]{6,40})[)）]"
)
_PROSE_NAME = (
    re.compile(
        r"(?:本|此)(?:次)?(?:招标|询比|采购|比选|竞价|谈判|磋商|询价)?项目(?:名称)?为\s*(?P<name>[^,，。;；\n]{4,80}?)(?=\s*[,，。;；\n]|\s*\((?:招标|项目|标段|采购)?编号)"
    ),
    re.compile(
        r"(?:组织|对|就|现将)\s*(?:其|本单位|我[院校局公司单位]{1,2}(?:的)?)?(?P<name>[^,，。;；:：\n]{4,80}?)\s*(?:\((?:招标|项目|采购)?编号[^)]*\))?\s*(?:的)?(?:进行|组织|开展)?\s*(?:的)?\s*(?:国内)?(?:公开招标|邀请招标|竞争性磋商|竞争性谈判|公开询比|询价采购|竞价采购|公开询价|公开比选|公开采购)"
    ),
    re.compile(
        r"(?:招标|(?<=本)采购)项目 *(?P<name>[^,，。;；:：\n]{6,80}?)\s*(?:\((?:项目|招标项目)名称\))?\s*(?:已由|已经|已获|已批准|\((?:招标|项目|招标项目)?编号)"
    ),
    re.compile(
        r"(?:^|\n)\s*(?:本(?:次?(?:采购|招标))?)?(?P<name>[^,，。;；:：\n本]{6,80}?(?:项目|采购|工程))\s*(?:已由|已经|已获|已批准)"
    ),
    re.compile(
        r"(?:^|\n)\s*(?!本)(?![^\n(]*(?:关于|受|委托|现将|发布|组织的|代理的|\d日))(?P<name>[^,，。;；:：\n]{6,80}?)\s*\((?:招标|项目|采购)(?:项目)?编号\s*:[^)\n]{4,60}\)\s*(?:已|竞争性|公开|询价|招标公告|采购公告)"
    ),
    re.compile(
        r"(?:^|\n)\s*本(?:项目|次采购)?(?P<name>[^,，。;；:：\n]{6,80}?)\s*\((?:招标项目|采购项目|项目|招标|采购)编号"
    ),
    re.compile(r"(?:^|\n)\s*[“\"]?(?P<name>[^,，。;；:：\n]{6,80}?)[”\"]?\s*,\s*资金来源"),
    re.compile(
        r"(?:^|\n|[,，:：。])\s*(?:以[^,。\n]{4,12}方式)?(?:现将|现对|兹对|对|就|关于|我(?:公司|中心|单位|局)(?:受.{4,30}委托)?)?(?:于?\s*20\d\d年\s*\d{1,2}月\s*\d{1,2}日)?(?:在.{4,30})?(?:发布的|组织的|代理的)?[“\"《]?(?P<name>[^,，。;；:：\n“”\"《》]{6,80}?(?:项目|采购|工程|服务)(?:\((?:二次|第.{1,3}次)\))?)[”\"》]?(?:实施政府采购|进行采购)?\s*(?:\((?:招标|项目|采购)?编号[^)]*\))?\s*"
        r"(?:的)?(?:招标公告|采购公告|公告|招标文件|采购文件|磋商文件|有关事项|相关事项|因故)?[,，]?(?:现|因|延期|原定|原计划|(?:作|做|进行)?(?:如下|以下)|有关事项|变更如下|更正如下)"
    ),
    re.compile(
        r"(?:^|\n)\s*[“\"]?(?P<name>[^,，。;；:：\n]{4,80}?)[”\"]?\s*(?:招标项目|采购项目)?(?:的)?潜在(?:投标人|供应商|资格预审申请人)应"
    ),
)
_POTENTIAL = len(_PROSE_NAME) - 1
"""The sentence of 项目概况, whose name runs into 招标项目."""
_PREFIX = re.compile(r"^(?:(?:\[[^\]]{1,16}\]|【[^】]{1,16}】)\s*)+|^\([^)]{1,10}\)(?=.{8})")
_ABOUT = re.compile(r"^(?:[^《》]{2,60}?)?关于(?:召开|举办)?(?P<rest>.{6,})$")
_VERB = re.compile(r"^(?:对|就)?(?:终止|暂停|恢复|中止|取消|撤销|变更|更正|调整|延期|推迟|重新发布)(?=.{6,})")
_CODE = r"(?:\((?:项目编号|招标编号|采购编号|编号)?[::]?[A-Za-z0-9\-\[\]()/_]{5,}\))?"
_ROUND = r"(?:\((?:第?[一二三四五六七八九十\d]{1,3}(?:次|号)?|[^()]{0,4}更正[^()]{0,6}|公告全文重发|更正后|变更后|延期|补充)\)|第[一二三四五六七八九十\d]+次|[一二三\d]+号)?"
_TAIL_WORDS = (
    "公开招标采购|邀请招标采购|公开招标|邀请招标|竞争性磋商采购|竞争性谈判采购|竞争性磋商|竞争性谈判|竞争磋商|单一来源采购|单一来源|询价采购|询价|询比采购|公开询比|询比|竞价邀请采购|网上竞价|竞价采购|竞价|公开比选|比选"
    "|采购活动|招标活动|采购文件|招标文件|磋商文件|谈判文件|询价文件|采购公告|招标公告|资格预审|中标候选人|中标结果|成交结果|中标\\(成交\\)结果|入围结果|评标结果|采购结果|中选结果|推荐的?|中选候选人|成交候选人|入围候选人|中标\\(成交\\)|中标|成交|中选|结果|采购意向|政府采购意向|采购需求意见征询|采购需求|意见征询"
    "|开标时间|投标截止时间|提交投标文件截止时间|开标|延期|推迟|变更|更正|澄清|答疑|补遗|补充|修改|终止|暂停|恢复采购|恢复|中止|废标|流标|采购失败|失败|合同|验收|履约验收|征集|预|招标|(?<=项目)采购|重新|第[一二三四五六七八九十]+次|[二三四]次(?=延期|变更|更正|澄清|补充|答疑)"
)
_ASIDE = re.compile(
    r"\s*(?:\[[^\[\]]*(?:公告|第\s*\d+\s*次)[^\[\]]*\]|\((?:电子化|全流程电子化)?(?:公开招标|邀请招标|竞争性磋商|竞争性谈判|询价|单一来源)\)"
    r"|\((?:第?[一二三四五六七八九十\d]{1,2}(?:标段|标包|包)、?)+\)|\((?:共|分)?[一二两三四五六七八九十\d]{1,2}个(?:标段|标包|包)\))$"
)
"""Marks at the end of a title that are no part of the purchase's name."""
_TAIL = re.compile(
    rf"(?:的)?{_CODE}(?:的)?(?:国内|国际|全流程电子化|电子化|线上)?(?:(?:{_TAIL_WORDS})(?:及|与|和|、|或|\(澄清\)|\(更正\))?)*{_ROUND}(?:的)?"
    rf"(?:公告|公示|通知|通告|邀请书|公开|文件|补遗书|书|函|纪要|说明)(?:\[[^\]]*\]|{_ROUND}|第?\d+号?)*$"
)
_LOOSE_TAIL = re.compile(
    r"(?:中标|成交|中选|入围|采购|评标|询价|竞价|询比)结果$|(?:公开招标|邀请招标|招标|竞争性磋商|竞争性谈判|磋商|谈判|询价|询比|竞价|采购)公告(?:变更|更正|澄清|延期)$|(?<=项目)(?:合同|招标文件|采购文件|延期开标|采购活动|招标活动|开标|延期|答疑|澄清|补遗|变更|更正)+$"
)


def number_in(words: str, under: int | None = None) -> str:
    """A project number out of a value: brackets around it, remarks and sentences behind it taken off.

    `under` is the number of the point it is printed under; only with it the next point's number behind is known.
    """
    words = words.strip(" ,，。;；:：|")
    flat = fold(words)
    while flat and flat[0] in "([" and _closes_at_end(flat):
        words, flat = words[1:-1].strip(), flat[1:-1].strip()
    if flat.startswith("(") and ")" not in flat:
        words, flat = words[1:], flat[1:]
    step = re.search(r"(?<=[\dA-Za-z\])])(?=[一二三四五六七八九十]{1,2}(?:、|$))", flat)
    if under is not None and step is None:
        step = re.search(rf"(?<=\d)(?={under + 1}[.、](?:[一-龥]|$))", flat)
    if step:  # `1、编号：…-102、内容` of a run-together page: the 2 numbers the next point
        words, flat = words[: step.start()], flat[: step.start()]
    cut = _NUMBER_END.search(flat)
    if cut and cut.start() > 0:
        words, flat = words[: cut.start()], flat[: cut.start()]
    if point := re.search(r"\s\d{1,2}\.\d{1,2}$", flat):  # the next point of a run-together page
        words, flat = words[: point.start()], flat[: point.start()]
    for opening, closing in ("()", "[]"):
        loose = next((n for n, c in enumerate(flat) if c == closing and flat.count(opening, 0, n) < 1), None)
        if loose is not None and 3 < loose < len(flat) - 1 and re.match(r"[一-龥]", flat[loose + 1 :]):
            words, flat = words[:loose], flat[:loose]  # the bracket the number stood in, and the sentence behind it
        while flat.count(closing) > flat.count(opening) and flat.endswith(closing):
            words, flat = words[:-1], flat[:-1]
        if flat.count(opening) > flat.count(closing) and (at := flat.rfind(opening)) > 0:
            words, flat = words[:at], flat[:at]
    return words.strip(" 　,，。;；:：、")


def _point(sheet: Sheet, hit: Hit) -> int | None:
    """The number of the point a label stands under, of those on its line (`1、项目编号：`)."""
    line = sheet.folded[max(line_start(sheet.folded, hit.start), hit.start - 200) : hit.start]
    points = re.findall(r"(?<![\d.A-Za-z\-])(\d{1,2})[.、](?!\d)", line)
    return int(points[-1]) if points else None


def _closes_at_end(flat: str) -> bool:
    pairs = {"(": ")", "[": "]"}
    closing, depth = pairs[flat[0]], 0
    for index, char in enumerate(flat):
        depth += (char == flat[0]) - (char == closing)
        if depth == 0:
            return index == len(flat) - 1
    return False


def _number_ok(words: str) -> bool:
    if not 3 <= len(words) <= 60 or _EMPTY.match(words):
        return False
    return bool(re.search(r"\d", words)) and not re.search(r"[：:，。]|投资|http", words)


def read_number(
    sheet: Sheet, tables: list[Table], title: str, kind: Kind
) -> tuple[Reading[str] | None, Reading[str] | None]:
    """Project number and plan or filing number as printed."""
    found: list[Candidate[str]] = []
    plans: list[Candidate[str]] = []
    for key, rows in (("number", found), ("plan_number", plans)):
        for hit in sheet.of(key):
            if key == "number" and hit.section in ("attachments", "subject") and hit.rank < 40:
                continue
            words = number_in(sheet.words(hit), _point(sheet, hit))
            if not _number_ok(words):
                continue
            start = sheet.text.find(words, hit.value)
            rank = _number_rank(hit)
            rows.append(
                Candidate(words, sheet.evidence(start, start + len(words), hit.label, "labels:" + key), rank, False)
            )
    for table in tables:
        for row in table.rows[:1] if table.index("number") is not None else ():
            cell = table.cell(row, "number")
            if cell is not None and _number_ok(words := number_in(sheet.text[cell.start : cell.end])):
                label = table.columns[table.index("number") or 0].words
                found.append(Candidate(words, sheet.evidence(cell.start, cell.end, label, "identity:table"), 10, False))
    number, _ = choose("project_number", found, str, same=_same)
    plan, _ = choose("plan_number", plans, str, same=_same)
    if number is None:
        number = _number_beside_name(sheet) or _number_of_call(sheet, kind) or _bare_number(sheet)
    if number is None:
        match = _TITLE_NUMBER.search(title)
        if match and re.search(r"\d{3}", match[1]):
            number = Reading(match[1], (Evidence(match[1], "title", rule="identity:title-number"),), 0.7)
    return number, plan


_NAME_AND_NUMBER = re.compile(
    r"项目名称[及和、与](?:项目)?编号 *[::] *(?P<name>[^\n;,]{2,60}?) *[;,/ (]+(?:项目编号:?)?(?P<no>[A-Za-z0-9][A-Za-z0-9\-\[\]()]{4,40}\d)"
)


def _number_beside_name(sheet: Sheet) -> Reading[str] | None:
    """`项目名称及编号：某采购；HZ-2019-0611`."""
    match = _NAME_AND_NUMBER.search(sheet.folded)
    if match is None:
        return None
    start, end = match.span("no")
    return Reading(
        sheet.text[start:end], (sheet.evidence(start, end, "项目名称及编号", "identity:name-and-number"),), 0.9
    )


def _number_of_call(sheet: Sheet, kind: Kind) -> Reading[str] | None:
    """征集项目编号 is a framework's own number on its call; on other notices the framework's they belong to."""
    if kind != "framework":
        return None
    for hit in sheet.of("foreign_number"):
        if hit.label.startswith("征集") and _number_ok(words := number_in(sheet.words(hit))):
            return Reading(words, (sheet.evidence(hit.value, hit.end, hit.label, "labels:foreign_number"),), 0.8)
    return None


_CODE_LINE = re.compile(
    r"(?:^|\n) *[(\[]?(?P<code>[A-Za-z]{1,8}[A-Za-z\d\-]*\d{5,}[A-Za-z\d\-]*|\d{4,}-[A-Z]{1,8}[A-Z\d\-]*\d+)[)\]]? *(?=\n)"
)


def _bare_number(sheet: Sheet) -> Reading[str] | None:
    """A code on a line of its own right below the title."""
    match = _CODE_LINE.search(sheet.folded, sheet.summary_end, min(len(sheet.folded), sheet.summary_end + 260))
    if match is None or re.fullmatch(r"[ABC]\d{6,8}", match["code"]):  # a catalogue's code
        return None
    start, end = match.span("code")
    return Reading(sheet.text[start:end], (sheet.evidence(start, end, rule="identity:code-line"),), 0.6)


def _number_rank(hit: Hit) -> int:
    """项目编号 and its like first; 代码 and 编码 after; numbers of a single lot last."""
    if hit.rank < 6:
        return 0 if not hit.summary else 4
    if re.search("标段|标包|包组|采购包|分包|期数", hit.label):
        return 9
    if re.search("代码|编码|公告编号|登记", hit.label):
        return 6
    return 2


def _same(one: str, two: str) -> bool:
    return comparison_key(one) == comparison_key(two)


def read_name(sheet: Sheet, title: str) -> Reading[str] | None:
    """The purchase's name as printed under its label, in the lead sentence, or in the title."""
    found: list[Candidate[str]] = []
    for hit in sheet.of("name"):
        words = _name_in(sheet.words(hit))
        start, end = hit.value, hit.value + len(sheet.words(hit))
        if hit.label in ("公告名称",) or not words or len(words) > 200:
            continue
        for stolen in ("采购项目", "采购", "项目"):  # taken by the next label of a run-together page
            if sheet.text.startswith(stolen, hit.end) and comparison_key(words + stolen) in comparison_key(title):
                words, end = words + stolen, hit.end + len(stolen)
                break
        further = _goes_on(sheet, hit, words, title)
        if further:
            words, end = further
        at = sheet.text.find(words.split("\n")[0], start)
        rank = (
            4
            if hit.summary
            else 0
            if hit.rank < 9 and hit.section in ("basic", "", "overview", "award", "supplier", "publicity", "correction")
            else 1
        )
        found.append(
            Candidate(
                words.replace("\n", ""), sheet.evidence(at, max(end, at + 1), hit.label, "labels:name"), rank, False
            )
        )
    if not any(candidate.rank < 4 for candidate in found):
        body = sheet.folded[sheet.summary_end :]
        for order, pattern in enumerate(_PROSE_NAME):
            match = pattern.search(body[:1500])
            if match is None or re.search(r"以下|规定|本公告|文件|条件|供应商|^该|^本项目|^本次", match["name"]):
                continue
            start, end = match.start("name") + sheet.summary_end, match.end("name") + sheet.summary_end
            words = sheet.text[start:end].strip()
            words = words[: -len("招标项目")].rstrip() if words.endswith("招标项目") and order == _POTENTIAL else words
            found.append(
                Candidate(
                    words,
                    sheet.evidence(start, start + len(words), "", "identity:prose-name"),
                    2 + (order == _POTENTIAL),
                    False,
                )
            )
            if order < _POTENTIAL:
                break
    for hit in sheet.of("lot_name")[:1]:
        words = _name_in(sheet.words(hit))
        if words and not found:
            found.append(
                Candidate(
                    words, sheet.evidence(hit.value, hit.value + len(words), hit.label, "labels:lot_name"), 5, False
                )
            )
    if not found:
        words = name_of_title(title)
        if words:
            found.append(Candidate(words, Evidence(words, "title", rule="identity:title-name"), 6, False))
    chosen, _ = choose("project_name", found, str, same=_same)
    return chosen


def _name_in(words: str) -> str:
    words = words.strip(" ,，。;；:：|")
    if _EMPTY.match(words):
        return ""
    flat = fold(words)
    half = next(
        (
            k
            for k in range(len(flat) // 2, 7, -1)
            if flat.startswith(flat[k : k + 8]) and comparison_key(flat[k:]).startswith(comparison_key(flat[:k]))
        ),
        0,
    )
    if half:  # 项目及标段名称 prints the name twice, the second time with the lot
        words, flat = words[:half], flat[:half]
    cut = re.search(
        r"\s*[(](?:项目编号|招标编号|采购编号|编号)[:][^)]*\)\s*$|\s*[,。;]\s*(?:项目编号|采购方式).*$| {3,}\S", flat
    )
    if cut and cut.start() > 0:
        words, flat = words[: cut.start()], flat[: cut.start()]
    if flat.startswith("(") and _closes_at_end(flat):
        words = words[1:-1]
    if flat.count(")") > flat.count("(") and flat.endswith(")"):
        words = words[:-1]
    return words.strip()


def _goes_on(sheet: Sheet, hit: Hit, words: str, title: str) -> tuple[str, int] | None:
    """A name broken over two lines by the portal: the title shows that both belong together."""
    line_end = hit.value + len(sheet.words(hit))
    below = re.match(r"\s*\n\s*([^\n:：|]{2,60})(?=\n|$)", sheet.text[line_end:])
    if below is None:
        return None
    joined = words + below[1].strip()
    key, whole = comparison_key(joined), comparison_key(title)
    if key and key in whole and comparison_key(words) in whole:
        return joined, line_end + below.end(1)
    return None


def name_of_title(title: str) -> str:
    """The purchase's name as the title holds it: region marks, the agency's 关于 and the kind of notice taken off."""
    flat = " ".join(re.sub(r"<[^>]{1,60}>", "", title).split())
    previous = None
    while previous != flat:
        previous = flat
        flat = _PREFIX.sub("", flat).strip()
    folded = fold(flat)
    about = _ABOUT.match(folded)
    if about:
        flat, folded = flat[about.start("rest") :], about["rest"]
    verb = _VERB.match(folded)
    if verb:
        flat, folded = flat[verb.end() :], folded[verb.end() :]
    previous = None
    while previous != folded:
        previous = folded
        for pattern in (_ASIDE, _TAIL, _LOOSE_TAIL):
            end = pattern.search(folded)
            if end and end.start() > 3:
                flat, folded = flat[: end.start()], folded[: end.start()]
    return re.sub(r"推荐的?$", "", flat.strip(" -—_的"))


_REFERENCE_NUMBER = re.compile(
    r"原(?:公告|采购公告|招标公告)(?:的)?(?:采购)?(?:项目)?编号\s*[:：]\s*([^\s,，。;；\n（(]{4,60})"
)


def references(sheet: Sheet, times: dict[str, Reading[object]]) -> tuple[str, ...]:
    """Numbers, links and dates of earlier notices the notice names."""
    out = [match[1] for match in _REFERENCE_NUMBER.finditer(sheet.text)]
    out += [words for hit in sheet.of("notice_reference") if not _EMPTY.match(words := sheet.words(hit))]
    if first := times.get("first_published_at"):
        out.append(getattr(first.value, "local", ""))
    out += re.findall(r"首次公告日期[^\n]{0,60}?(https?://[^\s　]+)", sheet.text)
    return tuple(dict.fromkeys(words for words in out if words))


def companions(portal: str | None, life: str) -> tuple[str, ...]:
    """The notices of a project as the portal itself lists them beside this one (a row's fact `life`), by their keys."""
    if not life:
        return ()
    try:
        entries = json.loads(life)
        return tuple(f"{portal}/{entry['key']}" for entry in entries)
    except (ValueError, TypeError, KeyError):
        return ()
