"""JSON answers of portals: the notice's own text inside them, and their fields as evidence of a kind of their own.

A field of the data counts where the text is silent; where the text says otherwise the text stands and both are shown.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from crawler.config import config_file
from crawler.notice import Attachment, Conflict, Evidence, Issue, Money, Notice, Reading, When
from crawler.reading import sums, times
from crawler.reading.blocks import address
from crawler.reading.dates import first_moment
from crawler.reading.money import first_amount
from crawler.text import clean, comparison_key, fold

MAX_DEPTH = 12
MAX_RECORDS = 500
_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Keys:
    """config/reading/data.yaml, its keys normalised."""

    content: frozenset[str]
    title: tuple[str, ...]
    published: tuple[str, ...]
    texts: dict[str, str]
    times: dict[str, str]
    money: dict[str, str]
    method: frozenset[str]
    kind: frozenset[str]
    known: frozenset[str]


def _normal(key: str) -> str:
    return re.sub(r"^f_|[_\-]", "", key).lower()


@lru_cache(maxsize=4)
def keys(path: str | None = None) -> Keys:
    """The known keys. Raises ValueError naming file and key where the file is wrong."""
    file = Path(path) if path else config_file("reading/data.yaml")
    raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    wanted = {"content", "title", "published", "texts", "times", "money", "method", "kind", "known"}
    if set(raw) != wanted:
        wrong = sorted(set(raw) ^ wanted)[0]
        raise ValueError(f"{file}: key {wrong!r} is {'unknown' if wrong in raw else 'missing'}")

    def inverse(group: str) -> dict[str, str]:
        return {_normal(key): name for name, row in raw[group].items() for key in row}

    def flat(group: str) -> tuple[str, ...]:
        return tuple(_normal(key) for key in raw[group])

    return Keys(
        frozenset(flat("content")),
        flat("title"),
        flat("published"),
        inverse("texts"),
        inverse("times"),
        inverse("money"),
        frozenset(flat("method")),
        frozenset(flat("kind")),
        frozenset(flat("known")),
    )


@dataclass
class Record:
    """One notice inside a JSON answer."""

    content: str
    title: str = ""
    published: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


def records(body: str, base_url: str | None = None) -> list[Record] | None:
    """The notices of a JSON answer; None where the body is no JSON or holds no notice."""
    if body.lstrip()[:1] not in ("{", "["):
        return None
    try:
        data = json.loads(body)
    except (json.JSONDecodeError, RecursionError):
        return None
    found = list(_walk(data, {}, 0, base_url))
    return found[:MAX_RECORDS] or None


def _walk(node: Any, above: dict[str, Any], depth: int, base_url: str | None) -> Iterator[Record]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, list):
        for child in node[:MAX_RECORDS]:
            yield from _walk(child, above, depth + 1, base_url)
        return
    if not isinstance(node, dict):
        return
    known = keys()
    scalars = {
        **above,
        **{
            key: value
            for key, value in node.items()
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        },
    }
    content = [
        str(value)
        for key, value in node.items()
        if _normal(key) in known.content and isinstance(value, str) and len(value) > 40
    ]
    if content:
        facts = {key: value for key, value in scalars.items() if _normal(key) not in known.content}
        yield Record(
            max(content, key=len),
            _pick(facts, known.title),
            _instant(_pick(facts, known.published)),
            facts,
            tuple(_files(node, base_url)),
        )
        return
    for child in node.values():
        if isinstance(child, dict | list):
            yield from _walk(child, scalars, depth + 1, base_url)


def _pick(facts: dict[str, Any], wanted: tuple[str, ...]) -> str:
    by_key = {_normal(key): str(value) for key, value in facts.items()}
    return next((re.sub(r"<[^>]{1,60}>", "", by_key[key]) for key in wanted if by_key.get(key)), "")


def _instant(words: str) -> str:
    """An epoch in seconds or milliseconds as local time; other words as they are."""
    if re.fullmatch(r"\d{14}", words):
        return f"{words[:4]}-{words[4:6]}-{words[6:8]} {words[8:10]}:{words[10:12]}"
    if re.fullmatch(r"\d{10}|\d{13}", words):
        seconds = int(words) / (1000 if len(words) == 13 else 1)
        if 946_684_800 < seconds < 4_102_444_800:  # 2000 to 2100: plausible as an instant
            return datetime.fromtimestamp(seconds, _SHANGHAI).strftime("%Y-%m-%d %H:%M")
        return ""
    return words


def _files(node: dict[str, Any], base_url: str | None) -> Iterator[Attachment]:
    for key, value in node.items():
        if isinstance(value, list) and re.search(r"att(?:ach|ch)|file|附件", key, re.I):
            for row in value[:200]:
                if not isinstance(row, dict):
                    continue
                name = next((str(row[k]) for k in row if re.search(r"name|title", k, re.I) and row[k]), "")
                link = next((str(row[k]) for k in row if re.search(r"url|path|link", k, re.I) and row[k]), "")
                if name:
                    yield Attachment(clean(name), address(link, base_url) if link else None)


def with_data(notice: Notice, facts: dict[str, Any], unknown_keys: bool = False) -> Notice:
    """A notice with the portal's own fields added where the text is silent, conflicts where they differ."""
    known = keys()
    texts, read_times, money = dict(notice.texts), dict(notice.times), dict(notice.money)
    conflicts, issues = list(notice.conflicts), list(notice.issues)
    for key, raw in facts.items():
        words = re.sub(r"<[^>]{1,60}>", "", clean(str(raw))).strip()
        bare = _normal(key)
        if not words or words in ("null", "None", "-", "/"):
            continue
        evidence = Evidence(words, "data", label=key, rule="data:" + key)
        if name := known.texts.get(bare):
            texts[name] = _joined(texts.get(name), words, evidence, name, conflicts, comparison_key, str)
        elif name := known.times.get(bare):
            moment = first_moment(fold(_instant(words)))
            if moment is None or moment.when is None:
                issues.append(Issue("value", words, f"{key}: no date"))
                continue
            read_times[name] = _joined(
                read_times.get(name), moment.when, evidence, name, conflicts, lambda v: times.plain(v)[:16], times.plain
            )
        elif name := known.money.get(bare):
            found = first_amount(fold(words))
            if found is None or found.amount.money.hundredths == 0:
                continue
            money[name] = _joined(
                money.get(name),
                found.amount.money,
                evidence,
                name,
                conflicts,
                lambda m: str(m.hundredths // 100),
                sums.plain,
            )
        elif unknown_keys and bare not in known.known | known.kind | known.method | set(known.title) | set(
            known.published
        ):
            issues.append(Issue("key", key, "a field of the portal's data that config/reading/data.yaml does not know"))
    return replace(notice, texts=texts, times=read_times, money=money, conflicts=tuple(conflicts), issues=tuple(issues))


def _joined(
    reading: Any, value: Any, evidence: Evidence, name: str, conflicts: list[Conflict], key: Any, plain: Any
) -> Reading[Any]:
    if reading is None:
        return Reading(value, (evidence,), 0.8)
    if key(reading.value) == key(value) or (
        isinstance(value, When) and isinstance(reading.value, When) and times.agrees(reading.value, value)
    ):
        return Reading(reading.value, (*reading.evidence, evidence), min(0.99, reading.confidence + 0.02))
    if isinstance(value, Money | When):
        conflicts.append(
            Conflict(
                name, (Reading(plain(reading.value), reading.evidence, 0.6), Reading(plain(value), (evidence,), 0.5))
            )
        )
        return Reading(reading.value, reading.evidence, min(reading.confidence, 0.6))
    return Reading(reading.value, reading.evidence, reading.confidence)
