"""What templates make of digests and alerts. Each item is rendered on its own: one that fails is named, the others
go out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from crawler.text import one_line
from tracker import present
from tracker.delivery.alerts.model import Alert, Bundle
from tracker.delivery.mail import header_text
from tracker.digest.model import Digest, Item, Link, Skipped
from tracker.i18n import language
from tracker.kinds import NEVER_CUT
from tracker.packs import words
from tracker.packs.model import STEPS, Pack
from tracker.pages import environment as environment
from tracker.pages import templates as templates


@dataclass(frozen=True)
class Rendered:
    subject: str
    html: str
    text: str
    json: str


SECTIONS = ("today", "moved", "new", "check", "intentions", "results", "others", "late")
FULL = ("new", "intentions", "results", "late", "windows")
"""Sections whose items are shown in full, up to the cap, as are changes that may be cut; `check` and `others` are one
line each."""

FIRST = 5
"""Things to do on the first screen; the others follow behind the sources, one line each."""
ALL = 1_000_000
"""More items than a digest can have."""


@dataclass
class _Pages:
    """The items of a digest as text and HTML, each rendered on its own."""

    now: datetime
    board: str
    left: int
    """Items that may still be shown in full."""
    complete: bool
    skipped: list[Skipped]
    shortened: int = 0

    def pages(self, section: str, items: Iterable[Item]) -> Iterator[tuple[Item, tuple[str, str]]]:
        """Items that could be rendered; the others are named among the skipped."""
        for place, item in enumerate(items):
            full = self._is_full(section, item, place)
            values = {"item": item, "section": section, "full": full, "address": False}
            page = self.page("digest/item", values, item.name, item.project_id, item.links)
            if page is not None:
                self.shortened += not full
                yield item, page

    def _is_full(self, section: str, item: Item, place: int) -> bool:
        """Moved dates and terminations always are; what has to be done stands on the first screen, or in one line."""
        if self.complete:
            return True
        if section == "today":
            return place < FIRST
        if section == "moved" and any(change.kind in NEVER_CUT for change in item.changes):
            return True
        if section not in (*FULL, "moved"):
            return False
        self.left -= 1
        return self.left >= 0

    def page(
        self, template: str, values: dict[str, Any], name: object, number: object, links: Iterable[Link] = ()
    ) -> tuple[str, str] | None:
        """As HTML and text; None where its template fails on it."""
        values |= {"now": self.now, "board": self.board}
        made = environment()
        try:
            return (
                made.get_template(f"{template}.html").render(values),
                made.get_template(f"{template}.txt").render(values),
            )
        except Exception as error:  # the item is at fault, never the others
            self.skipped.append(_named(name, number, links, error))
            return None


def render(digest: Digest, *, full_items: int = 50, board: str = "", complete: bool = False) -> Rendered:
    """A digest as subject, HTML, text and JSON, in the person's language (or the surrounding one).

    `board` is the address of the board, empty while it has none; `complete` cuts nothing, for the list that goes along.
    """
    with language(digest.language or None):
        making = _Pages(digest.now, board, full_items, complete, list(digest.skipped))
        made = {name: list(making.pages(name, getattr(digest, name))) for name in (*SECTIONS, "windows")}
        pages = {name: _texts(page for _item, page in found) for name, found in made.items()}
        pages["today"] = _texts(_by_due(making, digest, made["today"]))
        kept: dict[str, Any] = {name: tuple(item for item, _page in found) for name, found in made.items()}
        digest = replace(digest, **kept, skipped=tuple(making.skipped))
        values = {
            "digest": digest,
            "pages": pages,
            "first": ALL if complete else FIRST,
            "board": board,
            "complete": complete,
            "shortened": making.shortened,
            "page_width": 860 if complete else 600,
        }
        return _pages("digest/digest", values, as_json(digest))


def _texts(pages: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found = list(pages)
    html: list[str] = [Markup(each) for each, _text in found]  # noqa: S704  (our own output)
    return {"html": html, "text": [text for _html, text in found]}


def _by_due(making: _Pages, digest: Digest, items: Iterable[tuple[Item, tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """What is to be done, the reader's own errands among it, in order of time."""
    todo = [(item.next.earliest if item.next else digest.now, page) for item, page in items]
    for errand in digest.errands:
        full = making.complete or len([due for due, _page in todo if due < errand.due]) < FIRST
        page = making.page("digest/errand", {"errand": errand, "full": full}, errand.title, errand.kind)
        if page is not None:
            todo.append((errand.due, page))
    yield from (page for _due, page in sorted(todo, key=lambda each: each[0]))


def _named(name: object, number: object, links: Iterable[Link], error: Exception) -> Skipped:
    try:
        said, url = one_line(str(name)), next((each.url for each in links if each.url), "")
    except Exception:  # not even its name can be had
        said, url = f"#{number}", ""
    return Skipped(said, one_line(f"{type(error).__name__}: {error}", 160), url)


def render_alert(alert: Alert, *, board: str = "") -> Rendered:
    """An alert as subject, HTML, text and JSON."""
    with language(alert.language or None):
        values = {"alert": alert, "item": alert.item, "now": alert.now, "board": board}
        return _pages("email/alert", values, as_json(alert))


def render_bundle(bundle: Bundle, *, board: str = "") -> Rendered:
    """Several alerts in one mail as subject, HTML, text and JSON."""
    with language(bundle.language or None):
        return _pages("email/bundle", {"bundle": bundle, "now": bundle.now, "board": board}, as_json(bundle))


def render_pack(pack: Pack, *, board: str = "", most: int = 10) -> Rendered:
    """A weekly or monthly pack as subject, HTML, text and JSON; lists longer than `most` are whole in its workbook."""
    with language(pack.language or None):
        named = {"pack_name": words.name, "pack_title": words.title, "pack_days": words.days, "step_name": words.step}
        values = {"pack": pack, "steps": STEPS, "board": board, "most": most} | named
        return _pages("pack/pack", values, as_json(pack))


def rendered(what: Digest | Alert | Bundle | Pack, *, board: str = "") -> Rendered:
    """Whatever a delivery says."""
    if isinstance(what, Digest):
        return render(what, board=board)
    if isinstance(what, Pack):
        return render_pack(what, board=board)
    return render_alert(what, board=board) if isinstance(what, Alert) else render_bundle(what, board=board)


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
