# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Plain text whose lines were broken inside words, put together again.

Portals that export text from HTML break a line at every inline element: `202`, `6`, `年` on three lines, `截止时` and
`间：` on two. Only breaks that cannot be meant are closed; the cells of a flattened table stay on their lines.
"""

import re

from crawler.reading.labels import Labels, load
from crawler.reading.sheet import NUMBERING, numbering_end
from crawler.text import fold

WIDE = 40
"""Blanks in a row that are kept; pages padded with thousands would be searched through again and again."""
_WIDE_BLANKS = re.compile(rf"[ \u3000]{{{WIDE},}}")
_EMPTY_LINES = re.compile(r"(?:\n[ \u3000]*){20,}\n")
_CRUMB = re.compile(r"\d{1,4}|\d{0,2}[年月日时点分秒][至到]?\d{0,4}|\d{0,2}[时点分日][前止]?[\s\S]{0,1}|[至到]")
_DATE = re.compile(r"[2２][0０]\d\d\s*年\s*\d{1,2}\s*月")
_YEAR_END = re.compile(r"(?<!\d)[2２][0０]\d\d$")
_CLOSING = re.compile(r"[，。；：、）)】》;:？！]|,(?!\d)|\.\d")
_HALF_A_DATE = re.compile(r"(?:(?:19|20)\d\d年(?:\d{0,2}|\d{1,2}月\d?)|\d{1,2}日(?:上午|下午)?\d?|\d{1,2}[时点])$")
_REST_OF_DATE = re.compile(r"\d{0,2}[月日时点分](?![一-龥]{0,1}[：:])")
_DAY_END = re.compile(r"(?<!\d)(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}$")
_SUM = re.compile(r"(?:金额|限价|预算|报价|总价|控制价)[^\n]{0,14}[:：]\s*[￥¥]?[\d,]+$")
_PART_OF_SUM = re.compile(r"[\d,.]+(?:元|万元|$)")


def mend(text: str) -> str:
    """The same text with the line breaks inside dates, amounts, labels and headings closed."""
    labels = load()
    text = _EMPTY_LINES.sub("\n\n", _WIDE_BLANKS.sub(" " * WIDE, text))
    text = _unfuse(_unblank(_without_scripts(text)), labels)
    lines = _numbered(_unwrap([line.strip(" ") for line in text.split("\n")]))
    broken = sum(1 for line in lines if line and _CLOSING.match(line)) >= 2
    out: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if not line:
            out.append(line)
            index += 1
            continue
        if line[0] in "【[" and (boxed := _BOXED_LABEL.match(line)) and labels.key(fold(boxed["label"])):
            line = lines[index] = f"{boxed['label']}：{boxed['rest']}"
        if " " in line and (pairs := _pairs(line, labels)):
            out += pairs
            index += 1
            continue
        year = out[-1][-4:] if out and _YEAR_END.search(out[-1]) and line.startswith("年") else ""
        taken = _crumbs(lines, index, year)
        if taken > 1:
            joined = "".join(lines[index : index + taken])
            index += taken
            if (
                year
                or (out and out[-1] and not re.search(r"[。；;：:]$", out[-1]) and _open(out[-1], labels))
                or (out and re.search(r"[：:(（至到于为]$", out[-1]))
            ):
                out[-1] += joined
            else:
                out.append(joined)
            if (
                index < len(lines)
                and lines[index]
                and re.match(r"\d{0,2}[年月日时点分秒]|[(（至到前]|整", lines[index])
            ):
                out[-1] += lines[index]
                index += 1
            continue
        if out and _DAY_END.search(out[-1]) and re.match(r"\d{1,2}\s*[:：]\s*\d\d", line):
            out[-1] += " " + line  # 2026-8-25 and 9:30 are two words
            index += 1
            continue
        if out and out[-1] and _belongs(out[-1], line, lines[index + 1] if index + 1 < len(lines) else ""):
            out[-1] += line
            index += 1
            continue
        bracket = _bracket(lines, index) if out and out[-1] and re.search(r"[（(][^）)]{0,30}$", out[-1]) else 0
        if bracket:
            out[-1] += "".join(lines[index : index + bracket])
            index += bracket
            continue
        if broken and out and _goes_on(out[-1], lines, index, labels):
            out[-1] += line
            index += 1
            continue
        if (
            out
            and out[-1]
            and numbering_end(out[-1])
            and _broken_label([out[-1], *lines[index : index + 2]], 0, labels) == 2
        ):
            out[-1] += line
            index += 1
            continue
        whole = _broken_label(lines, index, labels)
        if whole:
            out.append("".join(lines[index : index + whole]))
            index += whole
            continue
        out.append(line)
        index += 1
    return "\n".join(out)


_BOXED_LABEL = re.compile(r"[【\[](?P<label>[^】\]\n]{2,20})[】\]][:： ]*(?P<rest>[^\s|].*)")
"""`【采购人】某局`."""
_PRICE = re.compile(
    r"(?:人民币)?[¥￥]?[\d,]+(?:\.\d+)?(?:万?元)?(?:[（(].{1,20}[)）])?|[^\s\d]{4,20}元整?[（(].{4,20}[)）]"
)
_NAMED = re.compile(
    r"(?:公司|局|委员会|大学|学院|医院|中心|学校|中学|小学|厅|站|所|集团|政府|银行|分行|支队|大队|处|院|厂|馆|社|队)$"
)


def _pairs(line: str, labels: Labels) -> list[str]:
    """`采购人名称 某局 采购人地址 某路1号`: labels and values with one blank between them, as a row of cells each."""
    words = line.split(" ")
    if len(words) == 2 and _NAMED.search(words[1]) and len(words[1]) > 3:
        key = labels.key(fold(words[0]))
        if key in ("role_name", "supplier", "buyer", "agency") and labels.key(fold(words[1])) is None:
            return [f"{words[0]}：{words[1]}"]
    if len(words) == 2 and _PRICE.fullmatch(words[1]) and labels.key(fold(words[0])) in ("award_amount", "award_total"):
        return [f"{words[0]}：{words[1]}"]
    if len(line) > 300 or not 3 <= len(words[0]) <= 20 or "：" in line or ":" in words[0] or "|" in line:
        return []
    pairs: list[list[str]] = []
    for word in words:
        key = labels.key(fold(word)) if len(word) > 2 else None
        told = key is not None and (not labels.fields[key].weak or (pairs and len(word) > 3))
        if told and key not in ("supplier", "other_supplier"):
            pairs.append([word])
        elif not pairs:
            return []
        elif word:
            pairs[-1].append(word)
    for _, *value in pairs:  # one word, or a date and what follows it
        dated = value and re.match(r"(?:19|20)\d\d[-年/.]", value[0])
        if not value or len(value) > (6 if dated else 2) or value[-1].endswith(("。", "；")):
            return []
    return [f"{label} | {' '.join(value)} |" for label, *value in pairs]


_SCRIPT = re.compile(
    r"(?:<!--.*?(?:-->|$)|\bvar \w+ ?=[^\n]*|document\.write\([^\n]*|^\s*(?:if|else|for)\s*\([^\n]*[{;]\s*$|^\s*[{}]\s*$|^\s*}\s*else\s*{\s*$)",
    re.M,
)


def _without_scripts(text: str) -> str:
    """Remains of a page's scripts, left in by portals that took the tags off."""
    return _SCRIPT.sub("", text) if "var " in text or "<!--" in text or "document.write" in text else text


def _unblank(text: str) -> str:
    """Long runs of blanks where the portal's line breaks were lost."""
    if "        " not in text:
        return text
    out = []
    for line in text.split("\n"):
        runs = [len(run) for run in re.findall(r"(?<=\S) {2,}(?=\S)", line)]
        if (len(line) > 300 and sum(run >= 6 for run in runs) > 4) or (runs and min(runs) >= 12):
            line = re.sub(r" {6,}", "\n", line)
        out.append(line)
    return "\n".join(out)


_MAIN_POINT = re.compile(r"[一二三四五六七八九十]、")
_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_ROLE = re.compile(
    r"(?:(?<=[^\n\d])\d[.、])?[.]?\s*(?P<role>采购人信息|采购代理机构信息|代理机构信息|项目联系方式)(?=\s*(?:名\s*称|单位名称|项目联系人|联系人|全称|地))"
)


def _unfuse(text: str, labels: Labels) -> str:
    """Line breaks put back before and behind the headings of a page whose lines all run together."""
    lines = text.split("\n")
    if not any(len(line) >= 300 or (len(line) >= 120 and len(_MAIN_POINT.findall(line)) > 2) for line in lines):
        return text
    folded = fold(text)
    breaks: list[int] = []
    at = 0
    for number, numeral in enumerate(_NUMERALS):
        match = re.compile(rf"(?<![第(一二三四五六七八九十]){numeral}、").search(folded, at)
        if match is None:
            if number > 1:
                break
            continue
        at = match.end()
        breaks.append(match.start())
        heading = _heading_end(folded, at, labels)
        if heading:
            breaks.append(heading)
    if len(breaks) < 4:  # chapters in digits, taken only where the heading is known
        at = 0
        for number in range(1, 13):
            match = next(
                (
                    m
                    for m in re.finditer(rf"(?<![\d.第(]){number}[、.](?![\d.])", folded[at:])
                    if _heading_end(folded, at + m.end(), labels)
                ),
                None,
            )
            if match is None:
                continue
            breaks += [at + match.start(), _heading_end(folded, at + match.end(), labels)]
            at += match.end()
    for role in _ROLE.finditer(folded):
        breaks += [role.start("role"), role.end("role")]
    if len(breaks) < 4:
        return text
    out, last = [], 0
    for place in sorted(set(breaks)):
        out.append(text[last:place])
        last = place
    return "\n".join([*out, text[last:]])


_OF_A_LOT = re.compile(r"标段|标包|标项|第.包|包\d")


def _heading_end(folded: str, at: int, labels: Labels) -> int:
    """Where a heading that runs into its text ends: known heading words with a label, number or sign behind."""
    whole = re.compile(r"[一-龥、()]{2,30}(?=:)").match(folded, at)
    if whole and labels.section(whole.group()) is not None:
        return whole.end()
    for size in range(2, 30):
        end = at + size
        if end >= len(folded) or folded[end - 1] in "\n。;":
            return 0
        if (
            folded[end - 1] in "及与和、的"
            or _OF_A_LOT.search(folded, at, end)
            or labels.section(folded[at:end].replace(" ", "")) is None
        ):
            continue
        rest = folded[end : end + 40]
        dated = folded[end - 1] in "点间期止" and re.match(r"\s*20\d\d *[年./-]", rest)
        if (
            dated
            or re.match(r"\s*(?:\d{1,2}[.、)]|\(\d|\(一|[:。,]|符合|凡|潜在|有意|请|本项目|本公告)", rest)
            or labels.pattern.match(rest)
        ):
            return end
    return 0


def _unwrap(lines: list[str]) -> list[str]:
    """Lines cut at a fixed width, as text taken from a PDF has them, put together again."""
    widths = [sum(2 if char > "\u2e7f" else 1 for char in line) for line in lines]
    top = max(widths, default=0)
    long = [width for width in widths if width > 50]
    near = [width for width in long if width >= top - 4]
    if not 56 <= top <= 120 or len(near) < 4 or len(near) * 3 < len(long):
        return lines
    out: list[str] = []
    full = False
    for line, width in zip(lines, widths, strict=True):
        if full and line:
            out[-1] += line
        else:
            out.append(line)
        full = width >= top - 4 and not line.endswith(("。", "；", "：", "|"))
    return out


def _numbered(lines: list[str]) -> list[str]:
    """`2` and `、招标人：…` on two lines are one numbered line."""
    out: list[str] = []
    for line in lines:
        if out and re.match(r"[、．]|\.(?!\d)", line) and re.fullmatch(r"\d{1,2}|[一二三四五六七八九十]{1,3}", out[-1]):
            out[-1] += line
        else:
            out.append(line)
    return out


def _crumbs(lines: list[str], index: int, year: str) -> int:
    """How many lines from `index` on are the crumbs of one or more dates; 0 or 1 for none. `year`: where the line before
    ends with one that they go on from."""
    end = index
    while end < len(lines) and end - index < 40 and lines[end] and _CRUMB.fullmatch(lines[end]):
        end += 1
    if end - index < 2:
        return 0
    return (
        end - index if _DATE.search(year + "".join(lines[index:end]) + (lines[end] if end < len(lines) else "")) else 0
    )


def _open(before: str, labels: Labels) -> bool:
    """Whether a line breaks off in the middle of a sentence rather than being a label or cell of its own."""
    return bool(re.search(r"[，、,于为至到自从]$", before)) and labels.key(fold(before)) is None


def _belongs(before: str, line: str, after: str) -> bool:
    if _CLOSING.match(line):
        return not (line[0] in ".;:" and before.endswith(("|", ".")))
    if re.search(r"[，、（(]$", before) and not numbering_end(line):
        return True
    if re.search(r"(?:上午|下午|每天|每日|[至到])$", before) and re.match(r"(?:上午|下午)?\d", line):
        return True
    if re.search(r"(?:人民币|[￥¥])$", before) and re.match(r"[\d,]", line):
        return True
    if re.match(r"(?:元|万元|%)[^\n]", line) and re.search(r"\d$", before):
        return True
    if re.search(r"\d日$", before) and re.match(
        r"\d{1,2}\s*[:：时点]\s*\d|(?:上午|下午|中午|晚上)\s*\d{1,2}\s*[:：时点]", line
    ):
        return True
    if re.search(r"\d,$", before) and re.match(r"\d{3}(?!\d)", line):
        return True
    if _HALF_A_DATE.search(before) and _REST_OF_DATE.match(line):
        return True
    if re.search(r"[:：]\d$", before) and re.fullmatch(r"\d", line):
        return True
    if _SUM.search(before) and _PART_OF_SUM.match(line):
        return bool(re.search(r"[元]", line) or re.match(r"[\d,]*\.\d\d(?:元|万元)", after))
    if re.search(r"第$", before) and re.match(r"\d", line):
        return True
    bare = before.strip()
    number = NUMBERING.fullmatch(fold(bare))
    return bool(number and len(bare) <= 6 and re.search(r"[、.．)）]$", bare))


def _broken_label(lines: list[str], index: int, labels: Labels) -> int:
    """How many lines from `index` on spell one label or heading between them; 0 where the line is whole."""
    first = fold(lines[index])
    if len(first) > 14 or ":" in first or "|" in first:
        return 0
    bare = first[numbering_end(first) :]
    if not bare or labels.key(bare) or labels.section(bare):
        return 0
    whole = bare
    for count in range(2, 4):
        if index + count > len(lines) or not lines[index + count - 1]:
            return 0
        piece = fold(lines[index + count - 1])
        head, colon, _ = piece.partition(":")
        if len(head) > 10 or piece[: numbering_end(piece)].strip():
            return 0
        whole += head
        joined = re.sub(r"\s+", "", whole)
        if (colon and labels.key(joined)) or labels.section(joined):
            return count if not labels.key(head) else 0
        if colon:
            return 0
    return 0


def _bracket(lines: list[str], index: int) -> int:
    """How many lines from `index` on finish a bracket opened on the line before; 0 where none does soon."""
    size = 0
    for count, line in enumerate(lines[index : index + 9], 1):
        size += len(line)
        if not line or size > 90 or re.search(r"[：:]", line) or re.search(r"[（(]", line):
            return 0
        if re.search(r"[）)]", line):
            return count
    return 0


def _goes_on(before: str, lines: list[str], index: int, labels: Labels) -> bool:
    """Whether a line carries on the value before it, in a text whose lines are known to be broken."""
    label, colon, _ = fold(before).partition(":")
    if not colon or len(label) > 24 or fold(before).count(":") > 1 or re.search(r"[。；;]$", before):
        return False
    line = fold(lines[index])
    if re.fullmatch(r"\d{1,3}|[一二三四五六七八九十]{1,3}", line):
        return False
    after = [fold(later) for later in lines[index + 1 : index + 4]]

    def opens(words: str) -> bool:
        at = numbering_end(words)
        bare = re.sub(r"\s+", "", words[at:].partition(":")[0])
        return bool(":" in words or words[:at].strip() or labels.key(bare) or labels.section(bare))

    return not opens(line) and (not after or any(opens(later) for later in after))
