"""What is said in a chat group: alerts and digests as short blocks, and blocks as messages of each platform.

A block is one purchase, readable as plain text within 300 characters. Messages are split between blocks, by the bytes
the platform counts, and numbered; no block is ever cut in two or left out (pitfalls CH2, CH3). Text of portals is
neutralised: what is markup on a platform becomes its full-width twin, links come from the URL gate only (CH6).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.text import one_line
from tracker.delivery.alerts import Alert, Bundle
from tracker.delivery.mail import header_text
from tracker.delivery.render import SECTIONS, environment
from tracker.delivery.robots import PLATFORMS, Medium, size
from tracker.digest import Blind, Change, Digest, Item
from tracker.i18n import _, both, language, ngettext
from tracker.present import (
    ACTS,
    CHANGES,
    KINDS,
    METHODS,
    MOMENTS,
    VERDICTS,
    channel_name,
    clip,
    count,
    dated,
    day,
    left,
    link,
    moment,
    money,
    overdue,
    portal_name,
    vehicle_name,
    window_kind,
    word,
)

BLOCK = 300
"""Characters of a block as plain text, its link included."""
LINE = 120
"""Columns of a line; a Chinese character fills two."""
LONGEST_LINK = 160
MOST_FULL = 50
"""Items told in full; the others are one line each."""

HEADS = {
    "today": "To do",
    "moved": "Changed",
    "windows": "Questions, objections, signatures: last days",
    "new": "New tenders",
    "check": "To check: may buy vehicles",
    "intentions": "Intentions and calls for opinions",
    "results": "Results and failed tenders",
    "others": "Other notices",
    "late": "Found after closing",
}
ORDER = ("today", "moved", "windows", *SECTIONS[2:])
STAGES = {"award_candidate": "candidate", "award": "awarded", "contract": "contract signed with"}


@dataclass(frozen=True)
class Block:
    """A few lines that belong together, with at most one link."""

    lines: tuple[str, ...]
    url: str = ""
    """As `tracker.present.link` lets it through."""
    source: str = ""
    """The name the link is shown by."""
    heading: bool = False

    @property
    def plain(self) -> str:
        """As plain text."""
        linked = (f"{self.source} {self.url}",) if self.url else ()
        return "\n".join((*self.lines, *linked))


@dataclass(frozen=True)
class Said:
    """A whole message before it is split."""

    title: str
    blocks: tuple[Block, ...]


# --- wording --------------------------------------------------------------------------------------------------------


def _template(name: str, **values: Any) -> str:
    """The same words as in a mail: its subject, or its text."""
    return environment().get_template(name).render(values)


def say(what: Digest | Alert | Bundle, *, shared: bool = False) -> Said:
    """Whatever a delivery says, under the subject of the mail; `shared` is for a team, not for one person."""
    if isinstance(what, Digest):
        return say_digest(what, shared=shared)
    return say_alert(what) if isinstance(what, Alert) else say_bundle(what)


def say_alert(alert: Alert) -> Said:
    """An alert, under the subject of the mail; what is about no purchase and no source is told by the mail's text."""
    with language(alert.language or None):
        blocks = [_line(_delayed(alert.due_at, alert.now))] if alert.due_at is not None else []
        title = _template("email/alert.subject.txt", alert=alert, now=alert.now)
        return Said(header_text(title), (*blocks, *_told(alert)))


def say_bundle(bundle: Bundle) -> Said:
    """Several alerts in one message, the loudest first."""
    with language(bundle.language or None):
        blocks = [_line(_delayed(bundle.due_at, bundle.now))] if bundle.due_at is not None else []
        for alert in bundle.alerts:
            blocks += _told(alert)
        if bundle.skipped:
            blocks += [_heading(_("Could not be shown"), len(bundle.skipped)), *map(_line, bundle.skipped)]
        title = _template("email/bundle.subject.txt", bundle=bundle, now=bundle.now)
        return Said(header_text(title), tuple(blocks))


def _told(alert: Alert) -> Iterator[Block]:
    item = alert.item
    if alert.family in ("match", "moved", "ended", "misread") and item is not None:
        yield _block(_lines(item, "moved" if item.changes else "new", alert.now), item)
    elif alert.blind is not None:
        yield _blind(alert.blind, alert.now)
    else:
        yield from _paragraphs(_template("email/alert.txt", alert=alert, now=alert.now, board=""))


def say_digest(digest: Digest, *, shared: bool = False) -> Said:
    """A digest, under the subject of the mail and in its order. A poisoned item is named, the others go out.

    Errands, money and keys of its reader stay away where it is `shared`.
    """
    with language(digest.language or None):
        blocks: list[Block] = []
        if digest.due_at is not None:
            blocks.append(_line(_delayed(digest.due_at, digest.now)))
        if digest.quiet:
            since = moment(digest.since, "minute", digest.now)
            blocks.append(_line(_("Nothing new since %(at)s.") % {"at": since}))
        failed: list[tuple[str, str]] = [(each.name, each.why) for each in digest.skipped]
        room, met = MOST_FULL, set[int]()
        if digest.errands and not shared:
            blocks.append(_heading(_("Tasks and dates of your own"), len(digest.errands)))
            for errand in digest.errands:
                blocks += _paragraphs(_template("digest/errand.txt", errand=errand, now=digest.now))
        for name in ORDER:
            items: tuple[Item, ...] = getattr(digest, name)
            told: list[Block] = []
            for item in items:
                fresh = room > 0 and item.project_id not in met and name not in ("check", "others")
                full = name == "moved" or fresh
                try:
                    told.append(_block(_lines(item, name, digest.now, full=full), item))
                except Exception as error:  # the item is at fault, never the others
                    failed.append((f"#{item.project_id} {item.name}", f"{type(error).__name__}: {error}"))
                    continue
                met.add(item.project_id)
                room -= full
            if told:
                blocks += [_heading(_(HEADS[name]), len(told)), *told]
            if name == "moved":
                blocks += _sources(digest)
            if name == "intentions":
                blocks += _ahead(digest)
        if not shared:
            blocks += [*_money(digest), *_endings(digest)]
        if digest.told:
            blocks.append(_heading(_("Already told at once"), len(digest.told)))
            blocks += [_line(each.name) for each in digest.told]
        if failed:
            blocks.append(_heading(_("Could not be shown"), len(failed)))
            blocks += [Block((clip(name, LINE), clip(why, LINE))) for name, why in failed]
        if digest.dead:
            blocks.append(_heading(_("Mails that did not arrive"), len(digest.dead)))
            blocks += [Block((clip(each.person, 40), clip(each.reason, LINE))) for each in digest.dead]
        if digest.filed:
            old = ngettext(
                "%(num)s notice older than 30 days was filed without further mention.",
                "%(num)s notices older than 30 days were filed without further mention.",
                digest.filed,
            )
            blocks.append(_line(old % {"num": digest.filed}))
        return Said(header_text(_template("digest/digest.subject.txt", digest=digest)), tuple(blocks))


def _ahead(digest: Digest) -> Iterator[Block]:
    """Windows in which an organiser is expected to buy again."""
    if digest.ahead:
        yield _heading(_("Purchases expected soon"), len(digest.ahead))
    for each in digest.ahead:
        last = f" – {day(each.last, digest.now)}" if each.last != each.first else ""
        lines = [f"{day(each.first, digest.now)}{last} {window_kind(each.kind, each.origin)}", each.organiser]
        lines += [f"{_('ours there:')} {one.name}" for one in each.purchases]
        yield Block(_fitting([clip(line, LINE) for line in lines], BLOCK))


def _money(digest: Digest) -> Iterator[Block]:
    """What is overdue, each by itself; the rest as one sum."""
    if digest.money:
        yield Block((f"{_('Money outside')} {money(sum(each.amount for each in digest.money))}",), heading=True)
    for each in digest.money:
        if each.overdue:
            what = _("deposit") if each.kind == "deposit" else _("payment")
            due = f" {overdue(each.due, digest.now)}" if each.due else ""
            yield Block((clip(f"{_('overdue')} {what} {money(each.amount)}{due}", LINE), clip(each.name, LINE)))
    rest = [each.amount for each in digest.money if not each.overdue]
    if rest:
        said = ngettext("%(num)s sum not overdue: %(amount)s", "%(num)s sums not overdue: %(amount)s", len(rest))
        yield _line(said % {"num": len(rest), "amount": money(sum(rest))})


def _endings(digest: Digest) -> Iterator[Block]:
    """CA keys and papers that run out."""
    if digest.endings:
        yield _heading(_("Keys and papers that end"), len(digest.endings))
    for each in digest.endings:
        verb = _("expired") if each.until < digest.local_date else _("ends")
        what = _("CA key") if each.kind == "ca-key" else _("paper")
        yield _line(f"{verb} {day(each.until)} {what} {each.name} {each.company}".strip())


def _delayed(due_at: datetime, now: datetime) -> str:
    return _("Delayed: this message should have left %(at)s.") % {"at": moment(due_at, "minute", now)}


def _line(text: str) -> Block:
    return Block((clip(text, LINE),))


def _heading(words: str, number: int) -> Block:
    return Block((f"{words} {number}",), heading=True)


def _paragraphs(text: str) -> Iterator[Block]:
    """The text of a mail, paragraph by paragraph; its foot stays away."""
    for paragraph in re.split(r"\n\s*\n", text.partition("\n--\n")[0]):
        lines = [clip(line, LINE) for line in paragraph.splitlines() if line.strip() and "://" not in line]
        if lines:
            yield Block(_fitting(lines, BLOCK))


def _sources(digest: Digest) -> Iterator[Block]:
    health = digest.sources
    read = _("%(read)s/%(total)s read") % {"read": health.read, "total": health.total}
    yield Block((f"{_('Sources')} {read}",), heading=True)
    for each in health.blind:
        yield _blind(each, digest.now)
    for name in digest.sources_back:
        yield _line(_("Read again: %(portal)s") % {"portal": portal_name(name)})


def _blind(blind: Blind, now: datetime) -> Block:
    """A source that could not be read, and what that may hide."""
    lists = [channel_name(blind.portal, each) for each in blind.channels]
    hidden = _(", ").join(lists[:3])
    if len(lists) > 3:
        hidden += " " + _("and %(n)s more lists") % {"n": len(lists) - 3}
    lines = [f"{_('not read')}{_(': ')}{portal_name(blind.portal)}"]
    if blind.since is not None:
        lines.append(_("since %(at)s") % {"at": moment(blind.since, "minute", now)})
    lines += [blind.reason] if blind.reason else []
    lines += [f"{_('May hide:')} {hidden}"] if hidden else []
    return Block(_fitting([clip(each, LINE) for each in lines], BLOCK))


def _lines(item: Item, section: str, now: datetime, *, full: bool = True) -> Iterator[str]:
    """One purchase, the most telling first: what stands last is left out where it gets long."""
    yield item.name
    if section == "moved":
        told = [each for each in item.changes if each.kind != "date-recomputed"]
        for change in told[:4]:
            yield changed(change, now)
        if len(told) > 4:
            yield _("%(n)s more changes") % {"n": len(told) - 4}
        if any(each.cause == "re-read" for each in told):
            yield _("We had misread this.")
    if section == "late":
        yield _("Already closed when we found it.")
    if item.failed and section != "moved":
        yield _("failed, a new round may follow")
    if section == "results":
        yield from _results(item)
    elif item.next is not None:
        yield _next(item, now)
    elif item.expected is not None:
        yield f"{_('expected')} {moment(item.expected.earliest, item.expected.precision, now)}"
    elif item.past is not None:
        past = item.past
        yield f"{word(MOMENTS, past.kind)} {moment(past.earliest, past.precision, now)}"
    elif section == "new":
        yield _("No date was printed; look into the notice.")
    if section == "others" and item.news:
        yield word(KINDS, item.news)
    if not full:
        return
    yield _("owner: %(name)s") % {"name": item.owner} if item.owner else _("nobody in charge")
    kinds = _(", ").join(vehicle_name(each) for each in item.vehicles[:4])
    many = _(" × %(n)s") % {"n": count(item.vehicle_count)} if item.vehicle_count else ""
    method = word(METHODS, item.method) if item.method else ""
    yield " · ".join(filter(None, (kinds + many, money(item.budget), method)))
    yield " · ".join(filter(None, (item.buyer, item.region)))
    words = item.changes[0].words if section == "moved" and item.changes else ""
    if words:
        yield _("“%(words)s”") % {"words": words}
    elif reasons := both(item.reasons, item.reasons_en):
        yield f"{_('why:')} {_('; ').join(reasons)}"


def _next(item: Item, now: datetime) -> str:
    action = item.next
    assert action is not None
    unsure = " " + _("provisional") if action.provisional else ""
    if action.conflict:
        unsure += " " + _("dates disagree, the earlier is shown")
    due = moment(action.earliest, action.precision, now)
    return f"▶ {word(ACTS, action.kind)} {due} ({left(action.earliest, action.latest, now)}){unsure}"


def _results(item: Item) -> Iterator[str]:
    for each in item.results[:4]:
        head = _(STAGES[each.stage]) if each.stage in STAGES else ""
        lot = " " + _("lot %(no)s") % {"no": each.lot} if each.lot else ""
        rest = " ".join(filter(None, (each.supplier, money(each.amount), each.brand)))
        yield f"{head}{lot}{_(': ')}{rest}"


def changed(change: Change, now: datetime) -> str:
    """One change on one line: `【提前】投标截止 12-03 09:30 → 11-27 09:30`."""
    early = _("EARLIER") if change.shortened else ""
    what = _(", ").join(word(MOMENTS, each) for each in change.what)
    name = _(CHANGES[change.kind]) if change.kind in CHANGES else ""
    lots = _("lots %(lots)s") % {"lots": _(", ").join(change.lots)} if change.lots else ""
    match change.kind:
        case "amount-changed":
            way = [money(int(each)) for each in change.way]
        case "verdict":
            way = [word(VERDICTS, each) for each in change.way]
        case kind if kind in CHANGES and kind != "conflict":
            way = []
        case _:
            way = [dated(each, now) for each in change.way]
    arrow = " / " if change.kind == "conflict" else " → "
    return early + " ".join(filter(None, (name, lots, what, arrow.join(way))))


def _block(lines: Iterator[str], item: Item) -> Block:
    """The lines with the first link of the item, within 300 characters together."""
    changed_at = next((each.url for each in item.changes if each.url), "")
    first = next((each for each in item.links if each.url), None)
    url = link(changed_at or (first.url if first else ""))
    source = portal_name(first.portal) if first else _("source")
    if len(url) > LONGEST_LINK:
        url = ""
    room = BLOCK - (len(source) + len(url) + 2 if url else 0)
    return Block(_fitting([clip(each, LINE) for each in lines if each], room), url, source)


def _fitting(lines: list[str], room: int) -> tuple[str, ...]:
    """As many lines as fit, with their line ends, into so many characters; the first one always does."""
    kept = [lines[0][:room]]
    used = len(kept[0])
    for each in lines[1:]:
        used += len(each) + 1
        if used > room:
            break
        kept.append(each)
    return tuple(kept)


# --- messages -------------------------------------------------------------------------------------------------------


def messages(medium: Medium, said: Said) -> list[bytes]:
    """The JSON bodies of a message, as many as its platform's limit asks for, numbered where there are several.

    Raises ValueError for a block that fits into no message, which no wording above can make.
    """
    write, limit = WRITERS[medium], PLATFORMS[medium].bytes
    widest = f"{said.title} (99/99)"
    pages: list[list[Block]] = [[]]
    for unit in _units(said.blocks):
        if pages[-1] and size(medium, write(widest, [*pages[-1], *unit])) > limit:
            pages.append([])
        pages[-1] += unit
    many = len(pages)
    bodies = []
    for number, blocks in enumerate(pages, 1):
        content = write(f"{said.title} ({number}/{many})" if many > 1 else said.title, blocks)
        if size(medium, content) > limit:
            raise ValueError(f"a message of {size(medium, content)} bytes, {medium} takes {limit}")
        bodies.append(json.dumps(content, ensure_ascii=False).encode())
    return bodies


def _units(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks that may not be parted: a heading stays with what it is the head of."""
    unit: list[Block] = []
    for block in blocks:
        unit.append(block)
        if not block.heading:
            yield unit
            unit = []
    if unit:
        yield unit


_MARKUP = {
    ord(plain): chr(ord(plain) - 0x21 + 0xFF01)  # the full-width twin of an ASCII character
    for plain in "*_`[]<>#@|~\\!"
}


def neutral(text: str) -> str:
    """Text of strangers that a platform takes neither for markup nor for a mention or a link."""
    return unlinked(text).translate(_MARKUP)


def unlinked(text: str) -> str:
    """Text of strangers that no program turns into a link by itself."""
    return one_line(text, 1000).replace("://", "：//")


def _bracketed(url: str) -> str:
    """A link's address inside `[…](…)`."""
    return url.replace("(", "%28").replace(")", "%29")


def _markdown(title: str, blocks: list[Block], end: str, gap: str) -> str:
    parts = [f"### {neutral(title)}"]
    for block in blocks:
        first, *rest = (neutral(each) for each in block.lines)
        head = f"**【{first}】**" if block.heading else f"**{first}**"
        linked = [f"[{neutral(block.source)}]({_bracketed(block.url)})"] if block.url else []
        parts.append(end.join((head, *rest, *linked)))
    return gap.join(parts)


def _wecom(title: str, blocks: list[Block]) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": _markdown(title, blocks, "\n", "\n\n")}}


def _dingtalk(title: str, blocks: list[Block]) -> dict[str, Any]:
    text = _markdown(title, blocks, "  \n", "\n\n")
    return {"msgtype": "markdown", "markdown": {"title": neutral(title), "text": text}}


def _feishu(title: str, blocks: list[Block]) -> dict[str, Any]:
    """Rich text (post): lines of pieces with their sort, so that text is never read as markup."""
    lines: list[list[dict[str, str]]] = []
    for block in blocks:
        first, *rest = (unlinked(each) for each in block.lines)
        head = f"【{first}】" if block.heading else first
        lines += [[{"tag": "text", "text": each}] for each in (head, *rest)]
        if block.url:
            lines.append([{"tag": "a", "text": unlinked(block.source), "href": block.url}])
        lines.append([{"tag": "text", "text": ""}])
    return {"msg_type": "post", "content": {"post": {"zh_cn": {"title": unlinked(title), "content": lines}}}}


WRITERS: dict[str, Callable[[str, list[Block]], dict[str, Any]]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}
