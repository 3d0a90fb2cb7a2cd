"""What the codes of a notice say: the Chinese catalogue (品目) of 2013 and 2022, CPV, PSC.

The two editions of the catalogue use the same numbers for other things (A020306 was 客车, A02030600 is 专用车辆), so
a printed name wins over its number, and the edition is said in the reason.
"""

import re
from dataclasses import dataclass
from typing import Literal

from tracker.relevance.phrase import read
from tracker.relevance.vocabulary import Class, Vocabulary

_CATALOGUE = re.compile(r"(?<![A-Za-z0-9])([ABC]\d{4,8})(?:-\d{1,4})?(?!\d)")
_UNSPSC = re.compile(r"(?<!\d)(25\d{4})\d\d(?!\d)")  # CPV has no division 25
_CPV = re.compile(r"(?<!\d)(\d{8})(?:-\d)?(?!\d)")
_PSC = re.compile(r"(?:^|PSC|FSC|psc|fsc)[\s:：]*(\d{4}|[A-Z]\d{3})(?![\dA-Z])")
_VEHICLE_CHAPTER = "A0203"


@dataclass(frozen=True)
class CodeFinding:
    verdict: Literal["yes", "no", "review"]
    scheme: Literal["catalogue", "CPV", "PSC", "UNSPSC"]
    code: str
    """As printed, without suffix; empty where only a name is printed."""
    name_zh: str
    name_en: str
    types: tuple[str, ...] = ()
    cls: str = "purchase"
    edition: str = ""
    """`2013` or `2022` where it can be told, of the Chinese catalogue only."""


def judge(vocabulary: Vocabulary, printed: str) -> CodeFinding | None:
    """One code or category as printed; None where it is no code about vehicles."""
    catalogue = _CATALOGUE.search(printed)
    name = re.split(r"[/>＞\\]", _CATALOGUE.sub("", printed).strip(" -_:：,，()（）"))[-1].strip()
    if catalogue:
        return _chinese(vocabulary, catalogue.group(1), name)
    if (unspsc := _UNSPSC.search(printed)) is not None:
        row = vocabulary.types.get(vocabulary.data.unspsc.get(unspsc.group(1), ""))
        if row is None:
            return None
        return CodeFinding("yes", "UNSPSC", unspsc.group(), row.zh, row.en, (row.id,))
    if cpv := _CPV.search(printed):
        return _international(vocabulary, "CPV", cpv.group(1))
    if psc := _PSC.search(printed):
        return _international(vocabulary, "PSC", psc.group(1))
    if re.search(r"[/>＞\\]", printed) or len(name) <= 12:
        return _named(vocabulary, "", name, "")
    return None


def _named(vocabulary: Vocabulary, code: str, name: str, edition: str) -> CodeFinding | None:
    if not name:
        return None
    if name in vocabulary.data.catalogue.review.values() or name.startswith("车辆附属设施"):
        return CodeFinding("review", "catalogue", code, name, name, cls="unclear", edition=edition)
    found = read(vocabulary, name, bought=True)
    if found.verdict in ("yes", "mixed"):
        return CodeFinding("yes", "catalogue", code, name, name, found.types, edition=edition)
    if found.verdict == "no" and found.firm:
        return CodeFinding("no", "catalogue", code, name, name, cls=found.cls, edition=edition)
    return None


def _chinese(vocabulary: Vocabulary, code: str, name: str) -> CodeFinding | None:
    data = vocabulary.data
    padded = code.ljust(9, "0")
    review = data.catalogue.review.get(padded)
    owner = next((row for row in data.types if padded in row.codes), None)
    other: Class | None = next((row for row in data.classes if padded in row.codes), None)
    if other is not None and not code.startswith(_VEHICLE_CHAPTER):
        return CodeFinding("no", "catalogue", code, name or other.zh, other.en, cls=other.id, edition="2022")
    if name and (by_name := _named(vocabulary, code, name, "")) is not None:
        edition = _edition(vocabulary, code, name, by_name.types)
        vehicles = code.startswith(_VEHICLE_CHAPTER) or by_name.verdict != "yes"
        return CodeFinding(
            by_name.verdict if vehicles else "review", "catalogue", code, name, name, by_name.types,
            by_name.cls if vehicles else "unclear", edition,
        )  # fmt: skip
    if len(code) == 7 and (row := data.catalogue.edition_2013.get(code)) is not None:
        return CodeFinding("yes", "catalogue", code, name or row.name, row.type, (row.type,), edition="2013")
    if review is not None:
        return CodeFinding("review", "catalogue", code, name or review, review, cls="unclear", edition="2022")
    if other is not None:
        return CodeFinding("no", "catalogue", code, name or other.zh, other.en, cls=other.id, edition="2022")
    if owner is not None:
        verdict: Literal["yes", "review"] = "yes" if owner.use == "relevant" else "review"
        cls = "purchase" if verdict == "yes" else "unclear"
        return CodeFinding(verdict, "catalogue", code, name or owner.zh, owner.en, (owner.id,), cls, "2022")
    if code.startswith(_VEHICLE_CHAPTER):
        return CodeFinding("yes", "catalogue", code, name or "车辆", "vehicle", ("vehicle",))
    return None


def _edition(vocabulary: Vocabulary, code: str, name: str, types: tuple[str, ...]) -> str:
    """Which edition the pair of number and name belongs to; empty where both or neither fit."""
    owner = next((row for row in vocabulary.data.types if code.ljust(9, "0") in row.codes), None)
    fits_2022 = owner is not None and bool({owner.id, owner.parent} & set(types))
    old = vocabulary.data.catalogue.edition_2013.get(code[:7])
    fits_2013 = old is not None and (
        name.endswith(old.name) or any(old.type in (t, *vocabulary.above(t)) for t in types)
    )
    if fits_2022 == fits_2013:
        return ""
    return "2022" if fits_2022 else "2013"


def _international(vocabulary: Vocabulary, scheme: Literal["CPV", "PSC"], code: str) -> CodeFinding | None:
    """CPV by its first eight digits, PSC by its four; the longest prefix a class or type names decides."""
    data = vocabulary.data
    reviews = data.cpv_review if scheme == "CPV" else data.psc_review
    found: list[tuple[int, CodeFinding]] = []
    found += [
        (9, CodeFinding("yes", scheme, code, row.zh, row.en, (row.id,)))
        for row in data.types
        if code in (row.cpv if scheme == "CPV" else row.psc)
    ]
    for other in data.classes:
        prefixes = [p for p in (other.cpv if scheme == "CPV" else other.psc) if code.startswith(p)]
        verdict = CodeFinding("no", scheme, code, other.zh, other.en, cls=other.id)
        found += [(len(prefix), verdict) for prefix in prefixes]
    found += [
        (len(prefix), CodeFinding("review", scheme, code, name, name, cls="unclear"))
        for prefix, name in reviews.items()
        if code.startswith(prefix)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None
