# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Who buys and who runs the purchase, and how they are reached."""

import re
from collections.abc import Callable, Iterator

from crawler.notice import Contact, Kind, Reading
from crawler.reading.choose import Candidate, choose
from crawler.reading.sheet import Hit, Section, Sheet
from crawler.text import comparison_key

_EMPTY = re.compile(r"^[\s/\\*\-—_.。:：无]*$|^(?:无|详见.*|/|见.*|如有)$")
_ORG = r"[^\s,，。;；:：、\n]{2,40}?"
_ORG_ALONE = re.compile(
    r"[^\s,，。;；:：、\d]{4,60}(?:公司|中心|局|委员会|医院|大学|学院)(?:[(（][^()（）]{1,12}[)）])?"
)
_LEAD = re.compile(
    r"(?P<agency>[^\s,。;:\n()]{4,40}(?:\([^()\n]{1,20}\)[^\s,。;:\n()]{0,20})?)(?:\((?:以下|下称)[^)]*\))?\s*(?:受|接受)\s*(?P<buyer>[^\s,。;:\n]{3,50}?)(?:\((?:以下|下称)[^)]*\))?\s*(?:的)?\s*(?:委托|授权)"
)
_PHONE = re.compile(
    r"(?:[(（]0\d{2,3}[)）]|0\d{2,3}-?|(?<!\d))\s*\d{7,8}(?:[-转]\d{1,6})?(?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)[48]00-?\d{3}-?\d{3,4}(?!\d)|(?<!\d)\d{3,4}-\d{7,8}(?:-\d{1,6})?"
)
_PERSON_CELL = re.compile(
    r"(?P<who>(?:招标|采购)?代理(?:机构)?|招标人|采购人)联系人[^\n|:]{0,6}\s*\|?\s*(?P<org>[^\s|\d:]{4,40}(?:公司|中心|局|委员会|院|大学|学校)) +1?\d"
)
_INTENDING = re.compile(
    r"(?:现将|为)?(?P<org>[^\s,。:()《》]{4,40}?)(?:(?:本级|部门)?(?:20\d\d *年|\d{1,2} *月)[^\n。]{0,18}?)(?:政府)?采购意向"
)
_PROSE_ORG = re.compile(
    r"(?!.*(?:任何|不得|所委托|及其|具有))[^\s,。;:]{4,60}?(?:公司|中心|局|院|所|厅|部|委员会|学校|大学|学院|医院|银行|集团|政府|站|队|厂|处|社|馆|协会)(?:\([^()]*\))?(?:$|[\s,。;(])"
)
_SEPARATORS = " ,，、;；:：/-"


def _clean(words: str) -> str:
    """A party's name without remarks and loose signs."""
    words = words.strip(" ,，。;；:：、\u3000|")
    words = re.sub(
        r"[（(](?:盖章|公章|单位章|章|签章|如有|甲方|乙方|采购人|自行.*|以下简称.*|下称.*|加盖.*)[)）]?$", "", words
    ).strip(" ,，。;；:：、|")
    words = re.sub(
        r"(?<=[公司心局会院学])\s*[,，、]\s*(?![一-龥]?[司局院会部厂所站处委办校队府心]$)[一-龥]{1,2}(?:某|先生|女士|老师|经理|工)?$",
        "",
        words,
    )  # a person behind a party, not a second party
    words = re.sub(
        r"\s*(?:19|20)\d\d年\d{1,2}月\d{1,2}日$|(?<=[公司心局会院学])(?:\d|[一二三四五六七八九十])$", "", words
    )
    words = words.rstrip("（(")
    for opening, closing in ("（）", "()"):
        if words.count(closing) > words.count(opening):
            words = words.rstrip(closing)
    return words


def _is_party(words: str) -> bool:
    if not 2 <= len(words) <= 60 or _EMPTY.match(words) or _PHONE.search(words):
        return False
    return not re.search(r"[：:？?=]|联系|地址|详见|^\d+$|规定|要求|不得|应当|投标人|供应商须|^信息$|^名称$", words)


def read_parties(sheet: Sheet, kind: Kind) -> dict[str, Reading[str]]:
    """`buyer` and `agency` where the notice names them."""
    found: dict[str, list[Candidate[str]]] = {"buyer": [], "agency": []}

    def add(name: str, start: int, end: int, label: str, rank: int, rule: str) -> None:
        words = _clean(sheet.text[start:end])
        if not _is_party(words):
            return
        at = sheet.text.find(words, start, end + 2)
        at = start if at < 0 else at
        found[name].append(Candidate(words, sheet.evidence(at, at + len(words), label, rule), rank, votes=False))

    for section in sheet.named("role_buyer", "role_agency"):
        name = "buyer" if section.id == "role_buyer" else "agency"
        hit = next((h for h in sheet.of("role_name") if section.start <= h.start < section.end), None)
        if hit is not None:
            add(name, hit.value, hit.end, hit.label, 0, f"sections:{section.id}")
            continue
        person = next((h for h in sheet.of("person") if section.start <= h.start < section.end), None)
        if person is not None and _ORG_ALONE.fullmatch(
            sheet.words(person)
        ):  # 联系人：某公司, as single sources have it
            add(name, person.value, person.end, person.label, 1, f"sections:{section.id}")
    _contact_headings(sheet, add)
    for key in ("buyer", "agency"):
        for hit in sheet.of(key):
            start, end = hit.value, hit.end
            value = sheet.folded[start:end]
            if hit.sep == "prose" and not (
                _PROSE_ORG.match(value)
                and re.search(r"(?:^|[\s,。;:(|])$", sheet.folded[max(0, hit.start - 1) : hit.start])
            ):
                continue
            cut = re.search(
                r"  |\((?:项目|招标|采购|标段|以下|统一)|(?:联 *系 *人|地 *址|联系方式|电 *话|联系电话|邮 *编|传 *真):|\s\d{3,4}-|,(?=.{0,12}(?:招标|采购)?代理)",
                value,
            )
            if cut:
                end = start + cut.start()
            formal = hit.sep == "prose" and hit.start - sheet.summary_end < 1500
            rank = 4 if hit.summary else 1 if formal or hit.sep in ("colon", "bar", "end", "gap") else 3
            if key == "agency" and "中心" in hit.label and rank == 1:
                rank = 2
            if hit.label in ("甲方", "使用单位", "业主", "需求单位"):
                rank += 2
            add(key, start, end, hit.label, rank, "labels:" + key)
    head_end = max(sheet.summary_end, 0) + 900
    told = "委托" in (head := sheet.folded[sheet.summary_end : head_end]) or "授权" in head
    lead = _LEAD.search(sheet.folded, sheet.summary_end, min(len(sheet.folded), head_end)) if told else None
    if lead:
        start = lead.start("agency")
        own = sheet.text[start : lead.end("agency")]
        prefix = re.match(r".*(?:公告|概况|》|:|：)", own)
        add("agency", start + (prefix.end() if prefix else 0), lead.end("agency"), "受…委托", 3, "parties:lead")
        add("buyer", lead.start("buyer"), lead.end("buyer"), "受…委托", 3, "parties:lead")
    named = any(words in sheet.folded for words in ("人联系人", "代理联系人", "机构联系人"))
    for match in _PERSON_CELL.finditer(sheet.folded) if named else ():
        name = "agency" if "代理" in match["who"] else "buyer"
        add(name, match.start("org"), match.end("org"), match["who"], 3, "parties:person-cell")
    if kind == "intention":
        intending = _INTENDING.search(sheet.folded)
        if intending:
            add("buyer", intending.start("org"), intending.end("org"), "", 3, "parties:intention")
    if not found["buyer"] and not found["agency"]:
        _signed(sheet, add)
        if not found["buyer"] and (
            acts := _ACTS.search(sheet.folded, sheet.summary_end, min(len(sheet.folded), head_end))
        ):
            title = re.match(r".*(?:公告|公示|通知)", acts["org"])
            add("buyer", acts.start("org") + (title.end() if title else 0), acts.end("org"), "", 4, "parties:acts")
    out: dict[str, Reading[str]] = {}
    for name, candidates in found.items():
        chosen, _ = choose(name, _fullest(candidates), str, same=_same_party)
        if chosen is not None:
            out[name] = chosen
    if "agency" in out and "buyer" in out and _same_party(out["agency"].value, out["buyer"].value):
        del out["agency"]  # the buyer runs it itself
    return out


_ACTS = re.compile(
    r"(?:^|\n)[ ]*(?:根据[^,\n]{4,40},)?(?P<org>[一-龥()]{3,30}?(?:公司|局|大学|学院|医院|中心|委员会|学校|中学|小学|厅|站|所|集团|政府|银行|支行|分行|队))(?:现|拟|计划|决定|因[^,\n]{2,20}需要,?)*(?:对|就)[^,。\n]{2,50}?(?:进行|采用|组织|开展)[^,。\n]{0,16}(?:招标|询价|比选|谈判|磋商|采购|竞价|询比|遴选)"
)
"""`某公司拟对观光车采购进行公开比选`, where no label names the buyer and nobody is said to act for one."""
_OURS = re.compile(r"我(?:校|院|局|公司|单位|中心|所|馆|行|站|厂|委|处|队)(?!国)")
_SIGNED = re.compile(r"\n[ ]*(?P<org>[一-龥()]{4,30})\s*\n[ ]*(?:20\d\d|二[〇○零O]二.) *年[^\n]{2,12}日?[ ]*(?=\n|$)")
_OFFICE = re.compile(
    r"(?<=大学|学院|医院|中学|小学|学校)(?:招标与?采购|招投标|采购|招标|设备|物资|后勤|资产|国有资产|总务|医学装备|医学工程|实验室)[一-龥]{0,12}(?:中心|办公室|办|处|科|部)$"
)
"""The office of a school or hospital that signs for it."""


def _signed(sheet: Sheet, add: Callable[..., None]) -> None:
    """`我校拟采购…` without any label: who signs the notice buys."""
    signed = list(_SIGNED.finditer(sheet.folded))
    if not signed or not _OURS.search(sheet.folded):
        return
    start, end = signed[-1].span("org")
    office = _OFFICE.search(sheet.folded[start:end].rstrip())
    add("buyer", start, start + office.start() if office else end, "", 4, "parties:signed")


def _fullest(candidates: list[Candidate[str]]) -> list[Candidate[str]]:
    return sorted(candidates, key=lambda candidate: candidate.rank)


def _same_party(one: str, two: str) -> bool:
    return comparison_key(one) == comparison_key(two)


def _contact_headings(sheet: Sheet, add: object) -> None:
    """`2.某某公共资源交易中心` as the second item of the contacts, without any label, is the agency."""
    contacts = [s for s in sheet.sections if s.id in ("contact", "role_buyer")]
    if not contacts or any(s.id == "role_agency" for s in sheet.sections):
        return
    start = contacts[0].start
    for match in re.finditer(
        r"\n[ ]*(?:2|二|\(二\))[.、)]?[ ]*(?P<org>[^\n:,。]{4,40}(?:公司|中心(?:\([^()\n]{4,30}\))?))[ ]*(?=\n)",
        sheet.folded[start:],
    ):
        add("agency", start + match.start("org"), start + match.end("org"), "", 2, "parties:heading")  # type: ignore[operator]
        return


def read_contacts(sheet: Sheet) -> tuple[Contact, ...]:
    """Contact persons, phones and addresses by the role they stand under, as printed and nothing more."""
    out: list[Contact] = []
    roles = {"role_buyer": "buyer", "role_agency": "agency", "role_project": "project", "role_finance": "finance"}
    for section in sheet.named(*roles):
        got = _contact_in(sheet, section, roles[section.id])
        if got is not None:
            out.append(got)
    if not out:
        out += _by_party(sheet)
    return tuple(dict.fromkeys(out))


def _contact_in(sheet: Sheet, section: Section, role: str) -> Contact | None:
    hits = [h for h in sheet.hits if section.start <= h.start < section.end and sheet.words(h)]
    return _contact(sheet, hits, role)


def _by_party(sheet: Sheet) -> Iterator[Contact]:
    """Contacts that follow a party's label (`采购人：… 地址：… 联系人：… 电话：…`)."""
    current: list[Hit] = []
    role = ""
    for hit in [*sheet.hits, None]:
        starts = hit is not None and hit.key in ("buyer", "agency")
        if starts or hit is None:
            got = _contact(sheet, current, role) if role else None
            if got is not None:
                yield got
            current, role = [], ""
        if starts and hit is not None:
            role = hit.key
        if hit is not None and role and sheet.words(hit):
            current.append(hit)


def _contact(sheet: Sheet, hits: list[Hit], role: str) -> Contact | None:
    name = person = phone = address = None
    evidence = []
    for hit in hits:
        words = sheet.words(hit)
        if _EMPTY.match(words):
            continue
        if hit.key in ("role_name", "buyer", "agency") and name is None:
            name = _clean(words)
        elif hit.key == "role_address" and address is None:
            address = words
        elif hit.key == "person" or hit.key == "phone":
            found_person, found_phone = split_contact(words)
            person, phone = person or found_person, phone or found_phone
        else:
            continue
        evidence.append(sheet.evidence(hit.value, hit.end, hit.label, f"parties:{role}"))
    if not (person or phone):
        return None
    return Contact(role, name, person, phone, address, tuple(evidence))  # type: ignore[arg-type]


def split_contact(words: str) -> tuple[str | None, str | None]:
    """Person and phone that run together (`王某021-00000000`), split at the first digit of the phone."""
    match = _PHONE.search(words)
    if match is None:
        person = words.strip(_SEPARATORS)
        return (None if re.search(r"\d", person) or not person else person), None
    person = words[: match.start()].strip(_SEPARATORS + "(（")
    phone = words[match.start() :].strip(_SEPARATORS)
    return person or None, phone or None
