"""What a notice is, and by which method is bought: the rules of config/reading/kinds.yaml."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

import yaml

from crawler.config import config_file
from crawler.notice import Evidence, Kind, Method, Reading
from crawler.reading.sheet import Sheet
from crawler.text import fold

_ROUND = re.compile(
    r"\((?:第?[一二三四五六七八九十\d]+次|重新|重|再次|二次|网|公告全文重发|项目编号[^()]*|[A-Za-z0-9\-_/\[\]]{5,40})\)|<[^>]{1,60}>"
)
_TICKED = re.compile(r"(?:[☑√■☒✓✔●▣]|R(?=[一-龥])|\[(?:√|x|X|■)\])\s*([^\s□☑√■☒✓✔●○,，;；/]{2,12})")
_EMPTY_BOX = re.compile(r"[□○☐]")
_METHOD_IN_NAME = re.compile(r"采购方式[::]?\s*([一-龥]{4,8})|项目名称:[^\n]{2,60}?(框架协议)采购")
_PLANNED = re.compile(
    r"(?:拟|将|计划)[^。;\n]{0,60}?(?:进行|组织|采用|开展|以)[^。;,\n]{0,6}?(?P<method>公开招标|邀请招标|竞争性磋商|竞争性谈判|询价采购|单一来源采购)"
)
_KINDS_WITH_METHOD: dict[str, Method] = {
    "negotiation": "negotiation",
    "consultation": "consultation",
    "inquiry": "inquiry",
    "single_source": "single_source",
    "framework": "framework",
}


@dataclass(frozen=True)
class Rule:
    """One row of kinds.yaml."""

    name: str
    pattern: re.Pattern[str]
    guard: re.Pattern[str] | None
    id: str


@lru_cache(maxsize=4)
def rules(path: str | None = None) -> dict[str, tuple[Rule, ...]]:
    """The rules by group. Raises ValueError naming file, group and fix where the file is wrong."""
    file = Path(path) if path else config_file("reading/kinds.yaml")
    raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    known = {"first", "title", "crumbs", "body", "methods"}
    if set(raw) != known:
        raise ValueError(f"{file}: groups must be {', '.join(sorted(known))}; found {', '.join(sorted(raw))}")
    out: dict[str, tuple[Rule, ...]] = {}
    for group, rows in raw.items():
        key = "method" if group == "methods" else "kind"
        allowed = get_args(Method if key == "method" else Kind)
        made = []
        for row in rows:
            name = row.get(key)
            if name not in allowed:
                raise ValueError(f"{file}: {group}: {key} {name!r} is none of {', '.join(allowed)}")
            try:
                pattern = re.compile(row["pattern"])
                guard = re.compile(row["guard"]) if row.get("guard") else None
            except (re.error, KeyError) as error:
                raise ValueError(f"{file}: {group}: {name}: bad or missing pattern ({error})") from error
            made.append(Rule(name, pattern, guard, f"kinds:{group}.{name}"))
        out[group] = tuple(made)
    return out


def _bare(words: str) -> str:
    return re.sub(r"\s+", "", fold(words))


def kind_of(title: str, crumbs: tuple[str, ...], sheet: Sheet) -> tuple[Kind, tuple[Evidence, ...]]:
    """The kind and what shows it. `other` with no evidence where nothing does."""
    kind, evidence = _stated_kind(title, crumbs, sheet)
    return _published_as(kind, sheet) or (kind, evidence)


def _stated_kind(title: str, crumbs: tuple[str, ...], sheet: Sheet) -> tuple[Kind, tuple[Evidence, ...]]:
    """The kind by the title, the portal's filing, or words of the text."""
    table = rules()
    whole = _bare(title)
    bare = _ROUND.sub("", whole)
    tail = bare[-60:]
    found = _from_title(tail, table) or _from_title(bare, table)
    if found:
        kind, words, rule = found
        return kind, (Evidence(words, "title", rule=rule),)
    for crumb in reversed(crumbs):
        for rule_ in table["crumbs"]:
            if rule_.pattern.search(crumb):
                return rule_.name, (Evidence(crumb, "title", rule=rule_.id),)  # type: ignore[return-value]
    head = sheet.folded[:6000]
    pattern_text = re.sub(r"[ \n]+", "", head)
    lead = _from_title(_bare(head[:80].split("\n")[0]), table)
    if lead:
        return lead[0], (Evidence(lead[1], "body", rule=lead[2]),)
    for rule_ in table["body"]:
        match = rule_.pattern.search(pattern_text)
        if match:
            start = sheet.folded.find(match.group())
            if start >= 0:
                return rule_.name, (sheet.evidence(start, start + len(match.group()), rule=rule_.id),)  # type: ignore[return-value]
            return rule_.name, (Evidence(match.group(), "body", rule=rule_.id),)  # type: ignore[return-value]
    return "other", ()


def _published_as(kind: Kind, sheet: Sheet) -> tuple[Kind, tuple[Evidence, ...]] | None:
    """A correction or termination published under the title of an ordinary notice shows itself by its sections."""
    if kind not in (
        "tender",
        "negotiation",
        "consultation",
        "inquiry",
        "prequalification",
        "single_source",
        "framework",
        "other",
    ):
        return None
    for hit in sheet.of("reason"):
        if hit.label.startswith("异常") and re.search("不足|废标|流标|终止|失败", sheet.folded[hit.value : hit.end]):
            return "termination", (sheet.evidence(hit.start, hit.end, hit.label, "labels:reason"),)
    for section in sheet.sections:
        if section.id == "correction" and section.level == 1 and section.heading.startswith(("更正", "变更")):
            return "correction", (sheet.evidence(section.start, section.body, section.heading, "sections:correction"),)
        if (
            section.id == "reason"
            and section.level == 1
            and re.match(r"(?:项目|采购)?(?:终止|废标|流标)", section.heading)
        ):
            return "termination", (sheet.evidence(section.start, section.body, section.heading, "sections:reason"),)
        if section.id == "award" and section.level == 1 and "(成交)信息" in section.heading and sheet.of("supplier"):
            return "award", (sheet.evidence(section.start, section.body, section.heading, "sections:award"),)
    return None


def _from_title(words: str, table: dict[str, tuple[Rule, ...]]) -> tuple[Kind, str, str] | None:
    if re.search(r"预公示(?:$|\()", words):
        return None  # a draft or a result: the body decides
    for rule in table["first"]:
        matches = list(rule.pattern.finditer(words))
        # A word of the subject (合同管理系统, 变更登记服务) stands far from the end; the kind of a notice does not.
        if matches and len(words) - matches[-1].end() <= 24:
            return rule.name, matches[-1].group(), rule.id  # type: ignore[return-value]
    best: tuple[int, int, Rule, str] | None = None
    for order, rule in enumerate(table["title"]):
        for match in rule.pattern.finditer(words):
            if rule.guard and rule.guard.search(match.group() + words[match.end() : match.end() + 2]):
                continue
            if best is None or (match.end(), -order) > (best[0], best[1]):
                best = (match.end(), -order, rule, match.group())
    return (best[2].name, best[3], best[2].id) if best else None  # type: ignore[return-value]


def method_of(title: str, kind: Kind, sheet: Sheet) -> Reading[Method] | None:
    """The method of purchase as the notice says it, None where it does not."""
    table = rules()["methods"]
    for hit in sheet.of("method"):
        end = hit.end
        # A list of methods on lines of their own: all of them are the value.
        value = sheet.folded[hit.value : end]
        named = _methods(value, table)
        ticked = [m for words in _TICKED.findall(value) for m in _methods(words, table)]
        if ticked:
            named = ticked
        elif _EMPTY_BOX.search(value):
            unboxed = _methods(re.sub(r"[□○☐]\s*[一-龥]{2,10}", " ", value), table)
            named = unboxed
        below = sheet.folded[end : end + 20].strip().split("\n")[0]
        if len(set(named)) == 1 and not (
            not _EMPTY_BOX.search(value) and len(value) < 8 and _methods(below, table) and len(below) < 8
        ):
            evidence = sheet.evidence(hit.value, end, hit.label, "labels:method")
            return Reading(named[0], (evidence,), 0.99)
    if kind in _KINDS_WITH_METHOD and kind != "inquiry":
        return Reading(_KINDS_WITH_METHOD[kind], (Evidence(title, "title", rule="kinds:methods"),), 0.95)
    if kind == "opinion":  # 市场询价 and 需求调查 are no 询价; only what is planned counts
        planned = _PLANNED.search(sheet.folded)
        named = _methods(planned["method"], table) if planned else []
        if planned is None or len(named) != 1:
            return None
        evidence = sheet.evidence(planned.start("method"), planned.end("method"), rule="kinds:planned")
        return Reading(named[0], (evidence,), 0.85)
    bare = _bare(title)
    found = [(match.end(), rule) for rule in table for match in rule.pattern.finditer(bare)]
    if found:
        rule = max(found, key=lambda pair: pair[0])[1]
        return Reading(rule.name, (Evidence(title, "title", rule=rule.id),), 0.9)  # type: ignore[arg-type]
    if kind in _KINDS_WITH_METHOD:
        return Reading(_KINDS_WITH_METHOD[kind], (Evidence(title, "title", rule="kinds:methods"),), 0.9)
    body = sheet.folded
    in_name = _METHOD_IN_NAME.search(body)
    group = in_name.lastindex or 1 if in_name else 1
    if in_name and len(set(_methods(in_name[group], table))) == 1:
        evidence = sheet.evidence(in_name.start(group), in_name.end(group), "采购方式", "kinds:methods")
        return Reading(_methods(in_name[group], table)[0], (evidence,), 0.9)
    for name, pattern in (
        ("open", r"公开(?:竞争性)?招标"),
        ("invited", r"邀请招标"),
        ("consultation", r"竞争性磋商"),
        ("negotiation", r"竞争性谈判|公开谈判"),
        ("inquiry", r"公开询比|询比采购|询价采购|竞价采购|(?<=进行)询价(?=[,。])"),
    ):
        match = re.search(pattern, body[:5000])
        if match and not re.search(r"竞争性磋商|竞争性谈判" if name == "open" else r"(?!)", body[:5000]):
            # In a sentence about this purchase (进行公开招标), not in a law's or agency's name.
            around = body[max(0, match.start() - 30) : match.end() + 12]
            if kind in ("tender", "prequalification") or re.search(
                rf"(?:进行|组织|采用|开展|以|次|招标工作).{{0,30}}{match.group()}|{match.group()}(?:采购)?(?:公告(?:变更|更正)|\((?:采购|项目|招标)编号)",
                around,
            ):
                return Reading(name, (sheet.evidence(match.start(), match.end(), rule=f"kinds:methods.{name}"),), 0.8)  # type: ignore[arg-type]
    return None


def _methods(words: str, table: tuple[Rule, ...]) -> list[Method]:
    """The methods named, each stretch of words counted once."""
    out: list[Method] = []
    rest = _bare(words)
    for rule in table:
        if rule.pattern.search(rest):
            out.append(rule.name)  # type: ignore[arg-type]
            rest = rule.pattern.sub("", rest)
    return out
