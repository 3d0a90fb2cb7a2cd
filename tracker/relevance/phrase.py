"""What one phrase (a title, a lot, an item) buys, by its head noun.

In Chinese the last noun decides: 消防车采购 buys fire engines, 消防车维修采购 buys repair, 消防车驾驶员服装采购 buys
clothes. So a vehicle word counts when nothing but neutral words, counts or a purchase word follows it; else it
only modifies what follows. The words are data (`config/vehicles.yaml`); this module holds the grammar.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tracker.relevance.vocabulary import Ambiguous, Buyer, Class, Context, Token, VehicleType, Vocabulary, WithoutCar

Outcome = Literal["bought", "head", "modifies", "undecided"]
Verdict = Literal["yes", "no", "mixed", "review"]

_ORGANISATION = "\ue000"
_TAG = re.compile(r"<[^<>]{0,200}>")
_SPACE = re.compile(r"\s+")
_BRACKET = re.compile(r"[(\[【〔《<「『“\"]([^()\[\]【】〔〕《》<>「」『』“”\"]*)[)\]】〕》>」』”\"]")
_BREAK = re.compile(r"(?<![0-9a-z])[-—–_―]|[-—–_―](?![0-9a-z])|[:;,。!?|~·→→•﹣/](?=[^0-9])")
_AFTER_NOUN = ("采购", "购置", "购买", "更新", "项目", "公告", "招标", "、")
_CHINESE = re.compile(r"[一-鿿]")
_WITHOUT = ("不含", "除", "不包括", "不包含")
_WITH = ("含", "包含", "包括")
_PLACE_END = re.compile(rf"[{_ORGANISATION}省市县区州盟旗镇乡]")
_PIECES = re.compile(r"[\d一二两三四五六七八九十]辆")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z](?=[a-z]*\d[a-z]*\d)[a-z0-9]{5,6}(?![a-z0-9])"
)
_NAMELESS = re.compile(rf"[\d\W_a-z零〇×{_ORGANISATION}]+")


TITLE_AT_MOST = 400
"""Characters of a phrase that are read; longer "titles" are texts in the wrong field."""


def normalise(text: str) -> str:
    """One width and case, no tags, no blanks: the form all matching works on."""
    text = _TAG.sub("", text) if "<" in text else text
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True)
class Mention:
    """A vehicle word (or equipment, or an ambiguous word) and what became of it."""

    token: Token
    outcome: Outcome
    by: Token | None = None
    """What it modifies, or what makes it undecided."""
    others: bool = False
    """Something that is no vehicle is bought in the same breath (及车载设备)."""
    aside: bool = False
    """It stands in brackets."""
    own_purchase: bool = False
    """A purchase word stands in the same phrase."""


@dataclass(frozen=True)
class Finding:
    """The verdict on one phrase. `rule` names what decided, `word` is the word it decided on."""

    verdict: Verdict | None
    """None: the phrase says nothing about vehicles."""
    cls: str
    rule: str
    word: str = ""
    by: str = ""
    types: tuple[str, ...] = ()
    row: Class | Ambiguous | WithoutCar | Context | Buyer | None = None
    firm: bool = False
    """A kind of vehicle or of service was named, not only 车辆."""


NOTHING = Finding(None, "none", "nothing")


def _tokens(vocabulary: Vocabulary, text: str, *, indoors: bool = False) -> list[Token]:
    """Known words and the unknown stretches between them; organisations and plain counts are left out.

    `indoors`: a hospital, school or works buys, where the name of a trolley means one.
    """
    found: list[Token] = []
    at = 0
    for match in vocabulary.word.finditer(text):
        _unknown(found, text[at : match.start()])
        token = vocabulary.tokens[match.group()]
        if token.word == "车" or (
            token.word in vocabulary.endings and _ends_a_noun(found, text[: match.start()], text[match.end() :])
        ):
            token = _productive(vocabulary, found, token)
        elif not indoors and _on_the_road(vocabulary, token, text[: match.start()]):
            token = Token("doubt", token.word)
        found.append(token)
        at = match.end()
    _unknown(found, text[at:])
    return found


def _unknown(found: list[Token], gap: str) -> None:
    """An organisation is where a phrase may begin, not something bought."""
    if gap and not _NAMELESS.fullmatch(gap):
        found.append(Token("unknown", gap))


def _ends_a_noun(found: list[Token], before: str, after: str) -> bool:
    """Whether a word such as 洗车 is the end of a longer noun here: 热洗车采购."""
    touches = bool(found) and found[-1].kind == "unknown" and before.endswith(found[-1].word)
    return touches and (not after or after.startswith(_AFTER_NOUN))


def _productive(vocabulary: Vocabulary, found: list[Token], car: Token) -> Token:
    """X车 in no list: a special vehicle where X is a work vehicles do, else for a person."""
    if not found or found[-1].kind in ("purchase", "neutral", "joiner", "vehicle"):
        return car
    before = found.pop()
    noun = _PLACE_END.split(before.word)[-1]
    stem = noun + car.word[:-1]
    if not noun:
        found.append(before)
        return car
    word = stem[-8:] + "车"
    if vocabulary.works.search(stem):
        return Token("vehicle", word, vocabulary.types["special"])
    return Token("doubt", word)


def _on_the_road(vocabulary: Vocabulary, token: Token, before: str) -> bool:
    """Whether the name of a trolley follows a word of work on the road: 应急处置车."""
    trolley = isinstance(token.row, Class) and token.row.id == "trolley" and not token.word.endswith("推车")
    return trolley and before.endswith(vocabulary.data.outdoors)


def _is_service(token: Token) -> bool:
    return isinstance(token.row, Class) and token.row.kind == "service"


def _fate(vocabulary: Vocabulary, items: Sequence[Token], at: int) -> Mention:
    """What the words around items[at] make of it."""
    token = items[at]
    left = [t for t in items[:at] if t.kind != "neutral"]
    bought_before = any(t.kind == "purchase" for t in left)
    right = items[at + 1 :]
    end = next((i for i, t in enumerate(right) if t.kind == "purchase"), len(right))
    follows = [t for t in right[:end] if t.kind != "neutral"]
    while follows and follows[-1].kind == "joiner":
        follows.pop()
    after = [t for t in right[end:] if t.kind not in ("neutral", "purchase")]
    bought = end < len(right) or bought_before or token.word == "购车"

    def mention(outcome: Outcome, by: Token | None = None, others: bool = False) -> Mention:
        return Mention(token, outcome, by, others, own_purchase=bought)

    over = after[-1] if after and all(t.kind != "joiner" for t in after) else None
    if over is not None and isinstance(over.row, Class) and over.row.over:
        return mention("modifies", over)
    if left and left[-1].word.endswith(vocabulary.data.toys):
        return mention("modifies", left[-1])
    if not follows:
        return _alone(vocabulary, left, right[end:], mention, bought)
    if follows[0].kind == "joiner":
        return _joined(vocabulary, follows, mention, bought)
    if follows[0].kind == "vehicle" and token.kind != "equipment":
        inner = _fate(vocabulary, items, items.index(follows[0], at + 1))
        return replace(inner, token=token)
    return _modifier(vocabulary, token, follows, mention, bought)


def _alone(
    vocabulary: Vocabulary,
    left: Sequence[Token],
    purchase: Sequence[Token],
    mention: Callable[..., Mention],
    bought: bool,
) -> Mention:
    """A head noun: nothing follows but a purchase word or the end. What stands before it may still be 租赁 or 处置."""
    before = left[-1] if left else None
    asked = any(t.kind == "purchase" for t in left)
    if before is not None and isinstance(before.row, Class) and before.row.doubt and not asked:
        only_procedures = all(t.kind != "purchase" or t.word in vocabulary.data.procedures for t in purchase)
        return mention("modifies" if only_procedures else "undecided", before)
    joined = before is not None and before.kind == "joiner"
    goods = next((t for t in left if t.kind == "equipment" or _goods(t)), None) if joined else None
    return mention("bought" if bought else "head", goods, others=goods is not None)


def _modifier(
    vocabulary: Vocabulary,
    token: Token,
    follows: list[Token],
    mention: Callable[..., Mention],
    bought: bool,
) -> Mention:
    """A vehicle right before another noun: it modifies that noun, unless the noun leaves open what is bought."""
    first, last = follows[0], follows[-1]
    own = follows[: next((i for i, t in enumerate(follows) if t.kind == "joiner"), len(follows))]
    if _is_service(last):
        return mention("modifies", _telling(follows))
    if first.kind == "ambiguous" or (first.kind == "equipment" and len(own) == 1):
        return mention("undecided", first)
    if own[-1].kind in ("vehicle", "doubt"):
        return mention("modifies", own[-1])
    weak = token.word in vocabulary.data.weak
    if first.word in vocabulary.data.plain_equipment and len(own) == 1 and bought and not weak:
        return mention("undecided", first)
    named = next((t for t in own if t.kind == "class"), None)
    if named is None and token.kind == "equipment" and bought:
        return mention("undecided", token)
    return mention("modifies", named or own[-1])


def _telling(tokens: Sequence[Token]) -> Token:
    """The service that says most: 租赁 of 租赁服务."""
    fleet = [t for t in tokens if isinstance(t.row, Class) and t.row.fleet and t.row.kind == "service"]
    last = tokens[-1]
    return fleet[-1] if fleet and _is_service(last) else last


def _goods(token: Token) -> bool:
    return isinstance(token.row, Class) and token.row.kind == "goods"


def _generic(token: Token) -> bool:
    return isinstance(token.row, VehicleType) and token.row.generic


def _joined(vocabulary: Vocabulary, follows: list[Token], mention: Callable[..., Mention], bought: bool) -> Mention:
    """A vehicle before 及, 、 or 与: the last conjunct may be a head for all of them."""
    last_joiner = max(i for i, t in enumerate(follows) if t.kind == "joiner")
    conjunct, last = follows[last_joiner + 1 :], follows[-1]
    if _is_service(last):
        return mention("modifies", _telling(follows))
    if last.kind in ("vehicle", "ambiguous", "doubt"):
        return mention("bought" if bought else "head")
    if follows[last_joiner].word == "等" and last.word in vocabulary.data.plain_equipment and len(conjunct) == 1:
        return mention("bought" if bought else "head")
    if any(t.kind == "vehicle" for t in conjunct[:-1]):
        return mention("modifies", last)
    return mention("bought" if bought else "head", last, others=True)


def _segments(text: str) -> list[tuple[str, bool]]:
    """The phrases of a title, with whether each stood in brackets."""
    asides: list[str] = []
    for _ in range(4):
        opened = [m.group(1) for m in _BRACKET.finditer(text)]
        if not opened:
            break
        asides += opened
        text = _BRACKET.sub("", text)
    parts = [(part, False) for part in _BREAK.split(text) if part]
    return parts + [(part, True) for aside in asides for part in _BREAK.split(aside) if part]


def _mask(vocabulary: Vocabulary, text: str) -> tuple[str, str]:
    """The phrase without names of organisations, and those names."""
    names: list[str] = []

    def hide(match: re.Match[str]) -> str:
        names.append(match.group())
        return _ORGANISATION

    return vocabulary.organisation.sub(hide, text), "".join(names)


def read(vocabulary: Vocabulary, phrase: str, *, bought: bool = False) -> Finding:
    """What a phrase buys. With `bought` (an item, a lot) no purchase word is asked for."""
    text = normalise(phrase[:TITLE_AT_MOST])
    if not _CHINESE.search(text):
        return _read_latin(vocabulary, phrase[:TITLE_AT_MOST], bought)
    text = vocabulary.equipment.sub(r"\1", text)
    if not vocabulary.trigger.search(text):
        return NOTHING
    if (plate := _PLATE.search(text)) is not None:
        return Finding("no", "disposal", "plate", by=plate.group(), row=vocabulary.classes.get("disposal"), firm=True)
    if vocabulary.bracketed and (both := vocabulary.bracketed.search(text)) is not None:
        row = vocabulary.tokens[both.group()].row
        return Finding("review", "unclear", "ambiguous", both.group(), row=row if isinstance(row, Ambiguous) else None)
    mentions: list[Mention] = []
    classes: list[tuple[Token, bool]] = []
    open_text, names, included, wheels = "", "", False, ""
    for part, aside in _segments(text):
        if aside and part.startswith(_WITHOUT):
            continue
        included = included or (aside and part.startswith(_WITH))
        if aside and part.endswith(vocabulary.data.built_on):
            wheels = part
        masked, hidden = _mask(vocabulary, part)
        open_text, names = open_text + masked, names + hidden
        items = _tokens(vocabulary, masked, indoors=_indoors(vocabulary, names))
        bought = bought or any(t.kind == "purchase" for t in items)
        for at, token in enumerate(items):
            if token.kind in ("vehicle", "ambiguous", "equipment", "doubt"):
                mentions.append(replace(_fate(vocabulary, items, at), aside=aside))
            elif token.kind == "class" and not any(t.kind in ("vehicle", "doubt") for t in items[at + 1 :]):
                classes.append((token, aside))
    found = _verdict(vocabulary, mentions, classes, open_text, names, bought, included)
    if found.verdict == "no":
        return _without_a_word(vocabulary, mentions, classes, open_text, names, wheels) or found
    return found


def _indoors(vocabulary: Vocabulary, names: str) -> bool:
    return any(word in names for row in vocabulary.data.buyers if row.doubt for word in row.words)


def _without_a_word(
    vocabulary: Vocabulary,
    mentions: list[Mention],
    classes: list[tuple[Token, bool]],
    open_text: str,
    names: str,
    wheels: str,
) -> Finding | None:
    """What may be vehicles although no word says so: something built on a chassis, the bare 装备 of police or fire."""
    heads = [t.row for t, aside in classes if not aside]
    if wheels and all(isinstance(row, Class) and row.mountable for row in heads):
        return Finding("review", "unclear", "built-on", wheels)
    if not (mentions or heads) and vocabulary.bare_equipment.fullmatch(open_text.replace(_ORGANISATION, "")):
        row = next((b for b in vocabulary.data.buyers if b.equips and any(w in names for w in b.words)), None)
        return Finding("review", "unclear", "bare-equipment", "装备", row=row) if row else None
    return None


def _read_latin(vocabulary: Vocabulary, phrase: str, bought: bool) -> Finding:
    """A title without Chinese, by words alone: codes (CPV, PSC) say more and are weighed elsewhere."""
    text = unicodedata.normalize("NFKC", phrase).casefold()
    found = [(m, vocabulary.latin_tokens[m.group()]) for m in vocabulary.latin.finditer(text)]
    vehicles = [(m, t) for m, t in found if t.kind == "vehicle"]
    if not vehicles:
        return NOTHING
    bought = bought or any(t.kind == "purchase" for _, t in found)
    types = vocabulary.specific(t.row.id for _, t in vehicles if isinstance(t.row, VehicleType))
    word = vehicles[0][1].word
    other = next(((m, t) for m, t in found if t.kind == "class"), None)
    if other is not None:
        place, token = other
        beside = any(m.end() + 1 == place.start() for m, _ in vehicles)  # vehicle parts
        before = re.match(r"\s+(?:for|of)\b", text[place.end() :]) is not None  # tyres for buses
        if bought and not beside and (not before or " and " in text[: place.start()]):
            return Finding("review", "unclear", "beside", word, token.word, types)
        row = token.row if isinstance(token.row, Class) else None
        return Finding("no", row.id if row else "other", "class", word, token.word, row=row, firm=True)
    if not bought and vocabulary.vague(types):
        return Finding("review", "unclear", "no-purchase-word", word, types=types)
    return Finding("yes", "purchase", "head", word, types=types, firm=not vocabulary.vague(types))


def without_names(vocabulary: Vocabulary, title: str) -> str:
    """A title, normalised, without the names of organisations."""
    return " ".join(_mask(vocabulary, part)[0].replace(_ORGANISATION, "") for part, _ in _segments(normalise(title)))


def says_nothing(vocabulary: Vocabulary, title: str) -> bool:
    """Whether a title names nothing bought: 某局2026年9月政府采购意向."""
    parts = (_mask(vocabulary, part)[0] for part, _ in _segments(normalise(title)))
    return not any(t.kind == "unknown" and t.word.strip(_ORGANISATION) for p in parts for t in _tokens(vocabulary, p))


def _verdict(
    vocabulary: Vocabulary,
    mentions: list[Mention],
    classes: list[tuple[Token, bool]],
    open_text: str,
    names: str,
    bought: bool,
    included: bool,
) -> Finding:
    main = [t for t, aside in classes if not aside]
    main_class = _telling(main) if main else None
    held_back = next((m for m in mentions if m.outcome == "modifies" and not m.aside), None)
    denied = main_class is not None or held_back is not None or included
    vehicles = [m for m in mentions if m.token.kind == "vehicle"]
    heads = [m for m in vehicles if m.outcome in ("bought", "head") and not (m.aside and denied)]
    service_head = main_class is not None and _is_service(main_class)
    # A vehicle named without purchase word of its own beside a service (租赁项目-轿车) belongs to the service.
    if service_head:
        heads = [m for m in heads if m.outcome == "bought"]
    doubts = [
        m
        for m in mentions
        if m.outcome == "undecided" or (m.token.kind != "vehicle" and m.outcome in ("bought", "head"))
    ]
    doubts = [m for m in doubts if not (m.aside and denied)]
    if heads:
        return _heads(vocabulary, heads, doubts, open_text, names, bought)
    doubts = [m for m in doubts if not (isinstance(m.token.row, Ambiguous) and m.token.row.needs_vehicle)]
    if (
        inside := next((m for m in vehicles if m.aside and m.outcome == "bought" and m.own_purchase), None)
    ) is not None:
        return Finding("review", "unclear", "aside", inside.token.word, types=_types([inside]))
    if doubts and not (service_head and all(m.outcome == "head" for m in doubts)):
        return _doubt(doubts[0])
    if not mentions and main_class is None and _PIECES.search(open_text):
        return Finding("review", "unclear", "pieces", "辆")
    return _no(vehicles, mentions, main_class)


def _heads(
    vocabulary: Vocabulary,
    heads: list[Mention],
    doubts: list[Mention],
    open_text: str,
    names: str,
    bought: bool,
) -> Finding:
    best = next((m for m in heads if not _generic(m.token)), heads[0])
    types = _types(heads)
    for m in doubts:
        row = m.token.row if m.token.kind == "ambiguous" else m.by.row if m.by else None
        if isinstance(row, Ambiguous) and row.over:
            return Finding("review", "unclear", "ambiguous", best.token.word, m.token.word, types, row)
    for context in vocabulary.data.contexts:
        if all(m.token.word in context.vehicles for m in heads):
            here = next((w for w in context.words if w in open_text), None)
            if here is not None and context.verdict == "no":
                return Finding("no", context.cls, "context", best.token.word, here, row=context)
            near = here or next((w for w in context.words if w in names), None)
            if near is not None:
                return Finding("review", "unclear", "context", best.token.word, near, types, row=context)
    if all(m.others and m.token.word in vocabulary.data.weak for m in heads):
        return Finding("no", "other", "modifies", best.token.word, best.by.word if best.by else "")
    if not bought and all(_generic(m.token) for m in heads):
        return Finding("review", "unclear", "no-purchase-word", best.token.word, types=types)
    others = next((m for m in heads if m.others), None)
    equipment = next((m for m in doubts if m.token.kind == "equipment" and not best.aside), None)
    if others is not None or equipment is not None:
        by = others.by.word if others and others.by else equipment.token.word if equipment else ""
        return Finding("mixed", "purchase", "head-with-others", best.token.word, by, types, firm=True)
    rule = "head" if best.token.word in vocabulary.tokens else "head-by-work"
    return Finding("yes", "purchase", rule, best.token.word, types=types, firm=not _generic(best.token))


def _types(mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Type ids in the order met; `vehicle` only where no kind is named."""
    ids = list(dict.fromkeys(m.token.row.id for m in mentions if isinstance(m.token.row, VehicleType)))
    return tuple(i for i in ids if i != "vehicle") or tuple(ids)


def _doubt(m: Mention) -> Finding:
    types = _types([m])
    if isinstance(m.token.row, WithoutCar):
        return Finding("review", "unclear", "equipment", m.token.word, types=(m.token.row.type,), row=m.token.row)
    if isinstance(m.token.row, Ambiguous):
        return Finding("review", "unclear", "ambiguous", m.token.word, row=m.token.row)
    if m.by is not None:
        row = m.by.row if isinstance(m.by.row, Ambiguous | WithoutCar | Class) else None
        return Finding("review", "unclear", "beside", m.token.word, m.by.word, types, row)
    return Finding("review", "unclear", "unlisted", m.token.word)


def _no(vehicles: list[Mention], mentions: list[Mention], main_class: Token | None) -> Finding:
    blocked = next((m for m in vehicles if m.by is not None and m.by.kind == "class"), None)
    token = blocked.by if blocked is not None and blocked.by is not None else main_class
    word = blocked.token.word if blocked is not None else ""
    if token is not None and isinstance(token.row, Class):
        return Finding("no", token.row.id, "class", word, token.word, row=token.row, firm=True)
    held = next((m for m in mentions if m.by is not None), None)
    if held is not None and held.by is not None:
        return Finding("no", "other", "modifies", held.token.word, held.by.word)
    return Finding("no", "words", "no-vehicle-word")
