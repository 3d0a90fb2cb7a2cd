"""How values are worded for people: times in Beijing time, money in 万元, what is to be done and how long is left.

Everything here words in the language of the moment (`tracker.i18n.language`) and takes the present instant as an
argument; nothing asks a clock.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError
from crawler.portals import Portals, load_portals
from crawler.text import clean, one_line
from crawler.urls import Refused, origin
from tracker.i18n import _, both, current, ngettext
from tracker.procedures.law import load_law
from tracker.relevance import vocabulary
from tracker.team.tasks import OWN_NAMES
from tracker.turns import ROUND_STEPS

PHONE_COLUMNS = 40
"""A line of the text part; a Chinese character fills two columns."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

ACTS = {
    "documents_until": "obtain documents",
    "prequalification_deadline": "hand in prequalification",
    "opinion_deadline": "send opinions",
    "publicity_until": "object or comment",
    "question_deadline": "ask questions",
    "deposit_deadline": "pay deposit",
    "bid_deadline": "submit bid",
}
"""What a bidder has to do by a printed time, in the order in which it is done (a msgid each)."""

MOMENTS = {
    "documents_from": "documents from",
    "documents_until": "documents until",
    "prequalification_deadline": "prequalification deadline",
    "opinion_deadline": "opinions until",
    "publicity_until": "publicity until",
    "question_deadline": "questions until",
    "deposit_deadline": "deposit until",
    "bid_deadline": "bid deadline",
    "opening_at": "bid opening",
    "expected_at": "expected",
    "contract_signed_at": "contract signed",
    "first_published_at": "first published",
    "budget": "budget",
    "ceiling": "price ceiling",
    "deposit": "deposit",
}
METHODS = {
    "open": "open tender",
    "invited": "invited tender",
    "negotiation": "competitive negotiation",
    "consultation": "competitive consultation",
    "inquiry": "price inquiry",
    "single_source": "single source",
    "framework": "framework agreement",
    "other": "other method",
}
KINDS = {
    "intention": "procurement intention",
    "opinion": "call for opinions",
    "prequalification": "prequalification notice",
    "tender": "tender notice",
    "negotiation": "negotiation notice",
    "consultation": "consultation notice",
    "inquiry": "inquiry notice",
    "single_source": "single source notice",
    "framework": "framework notice",
    "correction": "correction",
    "termination": "termination",
    "award_candidate": "candidate list",
    "award": "award notice",
    "contract": "contract notice",
    "acceptance": "acceptance notice",
    "other": "other notice",
}
POLL_STATES = {
    "ok": "read",
    "empty": "nothing there",
    "never": "never read",
    "partial": "read in part",
    "suspect": "suspect",
    "blocked": "blocked",
    "failed": "failed",
}
"""How a poll of a channel ended, and that there was none (a msgid each)."""
NATURES = {"emergency": "emergency purchase", "mandatory": "tender that the law demands"}
VERDICTS = {"yes": "buys vehicles", "mixed": "buys vehicles among others", "review": "to check", "no": "no vehicles"}
CHANGES = {
    "terminated": "terminated",
    "suspended": "suspended",
    "resumed": "resumed",
    "withdrawn": "page gone",
    "back-again": "page back",
    "re-tendered": "tendered again",
    "attachment-changed": "document replaced",
    "requirements-changed": "requirements changed",
    "published": "correction",
    "changed": "changed",
    "verdict": "judged anew",
    "conflict": "contradiction",
}
"""How a change is called; what is not here is called by the date that moved (a msgid each)."""


def word(words: Mapping[str, str], key: str | None) -> str:
    """The wording of a key of one of the tables above, or the name of the rule of that id; else the key itself."""
    return _(words[key]) if key is not None and key in words else rule_name(key or "")


def change_name(kind: str) -> str:
    """What kind of change it was."""
    return word(CHANGES, kind if kind in CHANGES else "changed")


def rule_name(rule_id: str) -> str:
    """What a rule of config/procedures dates, without its explanation; a step of talks with its round."""
    step, _dash, number = rule_id.rpartition("-")
    if step in ROUND_STEPS:
        return _("{step}, round {number}").format(step=ROUND_STEPS[step], number=number)
    try:
        rows = load_law().rules.get(rule_id)
    except ConfigurationError:  # `doctor` tells; a mail must still leave
        rows = None
    return re.split(r"[：;；]|，与|（[^（）]*）$|: | \(", both(rows[0].zh, rows[0].en))[0] if rows else rule_id


# --- times ----------------------------------------------------------------------------------------------------------


def local(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI)


def day(when: date, now: datetime | None = None) -> str:
    """`11-23 周一`; the year stands before it where it is not the present one."""
    year = f"{when.year}-" if now is not None and when.year != local(now).year else ""
    return f"{year}{when:%m-%d} {_(WEEKDAYS[when.weekday()])}"


_ARTICLE = re.compile(r"(?P<number>\d+(?:[-–]\d+)?)(?:\((?P<item>\d)\))?(?: (?P<rest>.+))?")


def legal(ref: str) -> str:
    """`GPR 53(1), M94 10–11` as 政府采购法实施条例第53条第1项、财政部94号令第10–11条; in English unchanged."""
    if not current().startswith("zh"):
        return ref
    law = load_law()
    cited: list[str] = []
    for piece in re.split(r"[,;，；]\s*", ref):
        short, _blank, article = piece.partition(" ")
        source = law.sources.get(short)
        if source is not None:
            cited.append((source.cite or source.zh) + _article(article, law.words))
        else:  # a further article of the law before, or what is no law
            cited.append(_article(piece, law.words))
    return "、".join(cited)


def _article(said: str, words: Mapping[str, str]) -> str:
    """第53条第1项."""
    found = _ARTICLE.fullmatch(said)
    if found is None:
        return words.get(said, said)
    item = f"第{found['item']}项" if found["item"] else ""
    return f"第{found['number']}条{item}{words.get(found['rest'] or '', found['rest'] or '')}"


def moment(instant: datetime, precision: str = "minute", now: datetime | None = None) -> str:
    """`12-03 周四 09:30`, no finer than it was printed. Beijing time; the caller names the zone once."""
    at = local(instant)
    match precision:
        case "minute":
            return f"{day(at.date(), now)} {at:%H:%M}"
        case "day":
            return day(at.date(), now)
        case "month":
            return f"{at:%Y-%m}"
        case "quarter":
            return f"{at.year} Q{(at.month + 2) // 3}"
        case _:
            return str(at.year)


def short(instant: datetime, precision: str = "minute") -> str:
    """`12-03 09:30` for a narrow column."""
    if precision not in ("minute", "day"):
        return moment(instant, precision)
    return f"{local(instant):{'%m-%d %H:%M' if precision == 'minute' else '%m-%d'}}"


def dated(value: str, now: datetime) -> str:
    """A value of an event such as `2026-12-03 09:30`, without the year where it is the present one."""
    return value.removeprefix(f"{local(now).year}-") if re.match(r"\d{4}-\d\d-\d\d", value) else value


def is_near(earliest: datetime, now: datetime) -> bool:
    """Today or tomorrow."""
    return (local(earliest).date() - local(now).date()).days <= 1


def left(earliest: datetime, latest: datetime, now: datetime) -> str:
    """How long there is: hours on the last day where the hour was printed, else days; what is over says so."""
    if latest <= now:
        days = (local(now).date() - local(earliest).date()).days
        return ngettext("{n} day ago", "{n} days ago", days).format(n=days) if days else _("past")
    to_go = earliest - now
    by_the_hour = local(earliest).time() != time() or latest - earliest < timedelta(days=1)
    if by_the_hour and timedelta(0) < to_go < timedelta(hours=12):
        hours = int(to_go.total_seconds() // 3600)
        return ngettext("{n} hour left", "{n} hours left", hours).format(n=hours) if hours else _("within the hour")
    days = (local(earliest).date() - local(now).date()).days
    if days <= 0:
        return _("today")
    return _("tomorrow") if days == 1 else ngettext("{n} day left", "{n} days left", days).format(n=days)


def overdue(due: datetime, now: datetime) -> str:
    """How long there is in days, or how long ago it should have been done: `逾期 2 天`."""
    if due > now:
        return _("today") if local(due).date() == local(now).date() else left(due, due, now)
    days = (local(now).date() - local(due).date()).days
    return ngettext("{n} day overdue", "{n} days overdue", days).format(n=days) if days else _("overdue today")


def span(duration: timedelta) -> str:
    """`3 天`, `5 小时`: a delay in its largest unit."""
    hours = max(int(duration.total_seconds() // 3600), 0)
    if hours >= 48:
        return ngettext("{n} day", "{n} days", hours // 24).format(n=hours // 24)
    return ngettext("{n} hour", "{n} hours", hours).format(n=hours)


# --- money and numbers ----------------------------------------------------------------------------------------------


def money(hundredths: int | None) -> str:
    """Hundredths of CNY as `128.5 万元` or `CNY 1,285,000`; empty for None."""
    if hundredths is None:
        return ""
    yuan = hundredths / 100
    if not current().startswith("zh"):
        return f"CNY {yuan:,.2f}".removesuffix(".00")
    if yuan >= 100_000_000:
        return f"{_number(yuan / 100_000_000)} 亿元"
    return f"{_number(yuan / 10_000)} 万元" if yuan >= 10_000 else f"{_number(yuan)} 元"


def _number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def count(value: float | None) -> str:
    """`3`, not `3.0`."""
    return "" if value is None else _number(value)


# --- names ----------------------------------------------------------------------------------------------------------


@cache
def _portals() -> Portals:
    return load_portals()


MANUAL = "manual"
"""The portal of notices that people typed in (tracker/manual.py)."""


def portal_name(portal: str) -> str:
    """As its definition calls it; the id where there is none."""
    known = _portals().get(portal)
    if known is None and portal == MANUAL:
        return _("by hand")
    return both(known.name.zh, known.name.en) if known else portal


def channel_name(portal: str, channel: str) -> str:
    known = _portals().get(portal)
    found = known.channel(channel) if known else None
    return both(found.name.zh, found.name.en) if found else channel


def vehicle_name(type_id: str) -> str:
    """As config/vehicles.yaml calls it; the id where it is not there, or where that file cannot be read."""
    try:
        known = vocabulary().types.get(type_id)
    except ConfigurationError:  # `doctor` tells; a mail must still leave
        known = None
    return both(known.zh, known.en) if known else type_id


@lru_cache(maxsize=20_000)
def link(url: str | None) -> str:
    """The URL if it may be shown as a link (http or https, read alike by two parsers), else the empty text."""
    if not url or url != clean(url) or re.search(r"[\s<>\"'`\\]", url):
        return ""
    try:
        origin(url)
    except Refused:
        return ""
    return url


def own_name(title: str) -> str:
    """A date of our own by its kind where nobody gave it a name; a task as it was written."""
    return _(OWN_NAMES[title]) if title in OWN_NAMES else title


WINDOWS = {
    "batch": "collection for a batch ends",
    "monthly": "monthly tender",
    "framework": "framework agreement ends",
    "yearly": "yearly purchase",
    "intention": "intentions come out",
}
"""What is expected in a window, by the kind of its rhythm (a msgid each)."""


def window_kind(kind: str, origin: str) -> str:
    """What is expected: of a batch the day its collection ends (归集截止), where that is written, else its notice."""
    return _("batch tender") if kind == "batch" and origin == "learned" else word(WINDOWS, kind)


def form_name(form: str) -> str:
    """How an organiser buys: a method, or a batch."""
    return _("batch purchase") if form == "batch" else word(METHODS, form)


def support_words(support: str) -> str:
    """`5/6` as so many of the last rounds; other words as they are."""
    found = re.fullmatch(r"(\d+)/(\d+)", support)
    return _("{hits} of {slots} rounds").format(hits=found[1], slots=found[2]) if found else support


# --- text that fits -------------------------------------------------------------------------------------------------


def columns(text: str) -> int:
    """Width on a terminal or a phone: wide characters fill two columns, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def clip(text: str, width: int) -> str:
    """One line of at most `width` columns, cut with a mark."""
    text = one_line(text, 10_000)
    if columns(text) <= width:
        return text
    kept, used = [], 1
    for char in text:
        used += columns(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


NEVER_FIRST = "，。、；：！？）】》」』”’…%,.;:!?)]}"
_PIECES = re.compile(r"https?://\S+|[ \t]+|[!-~]+|.", re.S)


def fold_text(text: str, width: int = PHONE_COLUMNS) -> str:
    """Break every line at `width` columns; a URL keeps a line of its own, however long, so that it stays a link."""
    folded = "\n".join(piece for line in text.split("\n") for piece in _fold_line(line.rstrip(), width))
    return re.sub(r"\n{3,}", "\n\n", folded).strip("\n") + "\n"


def _fold_line(line: str, width: int) -> Iterator[str]:
    indent = line[: len(line) - len(line.lstrip(" "))]
    current = ""
    for piece in _PIECES.findall(line.lstrip(" ")):
        is_link = piece.startswith(("http://", "https://"))
        for part in (piece,) if is_link else _short_enough(piece, width - len(indent)):
            room = width - columns(indent) - columns(current)
            if current and columns(part) > room:
                kept, part = _keep_together(current, part)
                yield indent + kept.rstrip()
                current = ""
            current += part if current else part.lstrip()
    yield indent + current.rstrip()


def _short_enough(piece: str, width: int) -> Iterator[str]:
    for start in range(0, len(piece), width):
        yield piece[start : start + width]


def _keep_together(line: str, part: str) -> tuple[str, str]:
    """A closing mark never begins a line: it takes the character before it along."""
    if part[0] not in NEVER_FIRST or len(line) < 2 or line[-1].isascii():
        return line, part
    return line[:-1], line[-1] + part
