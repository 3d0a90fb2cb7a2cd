"""Templates to text: the one Jinja environment of the house, and what it makes of digests and alerts.

HTML is autoescaped (everything that is not `.txt` is taken for HTML); an undefined name is an error. Scraped text is
data only and never a template. Each item is rendered on its own: one that fails is named, the others go out.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from crawler.text import one_line
from tracker import present
from tracker.digest.model import Alert, Digest, Item, Skipped
from tracker.i18n import _, both, current, language, ngettext
from tracker.mail import header_text


def templates() -> Path:
    """`tracker/_templates` in the wheel, `templates/` in a checkout."""
    here = Path(__file__).resolve().parent
    wheel = here / "_templates"
    return wheel if wheel.is_dir() else here.parent / "templates"


@cache
def environment() -> Environment:
    """Made once; filters word values in the language of the moment."""
    made = Environment(
        loader=FileSystemLoader(templates()),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    words: dict[str, Callable[..., Any]] = {
        "moment": present.moment,
        "day": present.day,
        "short": present.short,
        "left": present.left,
        "span": present.span,
        "money": present.money,
        "number": present.count,
        "clip": present.clip,
        "link": present.link,
        "portal": present.portal_name,
        "vehicle": present.vehicle_name,
        "dated": present.dated,
        "near": present.is_near,
        "act": lambda kind: present.word(present.ACTS, kind),
        "date_name": lambda kind: present.word(present.MOMENTS, kind),
        "method": lambda kind: present.word(present.METHODS, kind),
        "notice": lambda kind: present.word(present.KINDS, kind),
        "verdict": lambda kind: present.word(present.VERDICTS, kind),
    }
    made.filters |= words
    made.globals |= {"both": both, "channel_name": present.channel_name, "language": current}
    return made


@dataclass(frozen=True)
class Rendered:
    subject: str
    html: str
    text: str
    json: str


SECTIONS = ("today", "moved", "new", "check", "intentions", "results", "others", "late")
FULL = ("new", "intentions", "results", "late")
"""Sections whose items are shown in full, up to the cap; `check` and `others` are one line each."""

FIRST = 5
"""Things to do on the first screen; the others follow behind the sources, one line each."""


def render(digest: Digest, *, full_items: int = 50) -> Rendered:
    """A digest as subject, HTML, text and JSON, in the person's language (or the surrounding one)."""
    with language(digest.language or None):
        pages: dict[str, dict[str, list[str]]] = {}
        kept: dict[str, Any] = {}
        skipped = list(digest.skipped)
        left_over = full_items
        for name in SECTIONS:
            items: tuple[Item, ...] = getattr(digest, name)
            shown: list[Item] = []
            html: list[str] = []
            text: list[str] = []
            for place, item in enumerate(items):
                full = place < FIRST if name == "today" else name not in FULL or left_over > 0
                try:
                    both_ways = _item(name, item, digest.now, full)
                except Exception as error:  # the item is at fault, never the others
                    skipped.append(_named(item, error))
                    continue
                left_over -= name in FULL
                shown.append(item)
                html.append(both_ways[0])
                text.append(both_ways[1])
            pages[name] = {"html": [Markup(each) for each in html], "text": text}  # noqa: S704  (our own output)
            kept[name] = tuple(shown)
        digest = replace(digest, **kept, skipped=tuple(skipped))
        return _pages("digest/digest", {"digest": digest, "pages": pages, "first": FIRST}, as_json(digest))


def _item(section: str, item: Item, now: datetime, full: bool) -> tuple[str, str]:
    values = {"item": item, "now": now, "section": section, "full": full, "address": False}
    return (
        environment().get_template("digest/item.html").render(values),
        environment().get_template("digest/item.txt").render(values),
    )


def _named(item: Item, error: Exception) -> Skipped:
    try:
        name, url = one_line(str(item.name)), item.links[0].url if item.links else ""
    except Exception:  # not even its name can be had
        name, url = f"#{item.project_id}", ""
    return Skipped(name, one_line(f"{type(error).__name__}: {error}", 160), url)


def render_alert(alert: Alert) -> Rendered:
    """An alert as subject, HTML, text and JSON."""
    with language(alert.language or None):
        return _pages("email/alert", {"alert": alert, "item": alert.item, "now": alert.now}, as_json(alert))


def _pages(name: str, values: dict[str, Any], plain: str) -> Rendered:
    made = environment()
    return Rendered(
        subject=header_text(made.get_template(f"{name}.subject.txt").render(values)),
        html=made.get_template(f"{name}.html").render(values),
        text=present.fold_text(made.get_template(f"{name}.txt").render(values)),
        json=plain,
    )


def as_json(model: Any) -> str:
    """One JSON object on one line: instants in ISO 8601, durations in seconds."""
    return json.dumps(asdict(model), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.model_dump(mode="json")
