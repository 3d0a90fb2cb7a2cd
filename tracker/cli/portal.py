"""`portal check`, `portal new` and `portal unknown`: look at one portal, add one, see what its pages held unread."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from crawler.config import ConfigurationError, config_folder, home, shipped
from crawler.notice import Notice
from crawler.page import GOOD, ChannelResult
from crawler.portals import Portal, load_portal
from crawler.reading.printed import as_schema
from tracker.cli.common import Json, Limit, engine, portal, portals
from tracker.cli.output import err, json_line, out, rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.look import Look, Looked, evidence, keep_sample, look
from tracker.unknown import WHAT, unknown

BaseUrl = Annotated[str | None, typer.Option(help=_("A replica on loopback that stands in for the portal."))]
SHOWN = ("project_number", "buyer", "budget_yuan", "bid_deadline", "published_at")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True)
    group.command("check", help=_("Poll a portal without storing anything, and explain what was seen."))(check)
    group.command("new", help=_("Add a portal of a known family: asks, writes its file, polls it once."))(new)
    group.command("unknown", help=_("What the reader met on stored pages and did not know."))(unknown_command)
    app.add_typer(group, name="portal")


def check(
    name: Annotated[str, typer.Argument(metavar="PORTAL", help=_("Its id."))],
    channel: Annotated[list[str] | None, typer.Option(help=_("Only this channel; may be repeated."))] = None,
    notices: Annotated[int, typer.Option("--notices", "-n", min=0, help=_("Notices to fetch in all."))] = 3,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    chosen = portal(name)
    known = [each.id for each in chosen.channels]
    for each in channel or ():
        if each not in known:
            raise Mistake(
                _("{portal} has no channel {name!r}; it has {known}").format(
                    portal=name, name=each, known=", ".join(known)
                )
            )
    with err.status(_("polling {portal}").format(portal=name)):
        seen = look(chosen, channels=channel, notices=notices, base_url=base_url)
    if as_json:
        json_line(_as_json(seen))
    else:
        _explain(seen)
    raise typer.Exit(0 if seen.good else 1)


def unknown_command(
    name: Annotated[str | None, typer.Argument(metavar="PORTAL", help=_("Only this portal."))] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    with reading(engine()) as connection:
        found = [asdict(row) for row in unknown(connection, name)[:limit]]
    columns = ("portal", "what", "words", "notices", "url")
    titles = (_("portal"), _("what"), _("words"), _("notices"), _("newest page"))
    rows(found, columns, titles, as_json=as_json, wide="words url", words={"what": WHAT})


def _as_json(seen: Look) -> dict[str, Any]:
    return {
        "portal": seen.portal.id,
        "good": seen.good,
        "fault": seen.fault,
        "requests": seen.requests,
        "channels": [each.model_dump(exclude={"evidence"}) | {"evidence": evidence(each)} for each in seen.channels],
        "below_expected": seen.below,
        "would_keep": seen.kept,
        "notices": [
            as_schema(notice) | {"url": page.page.row.url, "facts": page.page.row.facts}
            for page in seen.pages
            for notice in page.notices
        ],
        "not_covered": list(seen.portal.not_covered),
    }


def _explain(seen: Look) -> None:
    title = f"{seen.portal.name.zh} ({seen.portal.id}, {seen.portal.family})"
    _line(title, style="bold")
    if seen.fault:
        _line(_("the crawl failed: {fault}").format(fault=seen.fault), style="red")
    for each in seen.channels:
        _channel(each)
    for page in seen.pages:
        _page(page)
    for waiting in seen.waiting[:5]:
        _line(f"  · {waiting.row.facts.get('title', waiting.row.url)}  {waiting.detail}", style="dim")
    if len(seen.waiting) > 5:
        _line(_("  · and {count} more rows").format(count=len(seen.waiting) - 5), style="dim")
    for fault in seen.below:
        _line(fault, style="yellow")
    _line(
        _("{requests} requests; a poll would keep {kept} notices of these first pages; nothing was stored").format(
            requests=seen.requests, kept=seen.kept
        )
    )
    for words in seen.portal.not_covered:
        _line(_("not covered: {words}").format(words=words), style="dim")


def _line(words: str, style: str = "") -> None:
    """A line that is never markup, whatever a portal wrote."""
    out.print(words, style=style or None, markup=False, soft_wrap=True)


def _channel(result: ChannelResult) -> None:
    good = result.state in GOOD
    said = _("{rows} rows, {fetched} notices read").format(rows=result.rows, fetched=result.fetched)
    _line(f"{result.channel}: {result.state} – {said}", style="" if good else "yellow")
    if result.reason:
        _line(f"    {result.reason}")
    if words := evidence(result):
        _line(_("    the page says: {words}").format(words=words), style="dim")
    if result.moved_to:
        _line(_("    it has moved to {host}; add the host to `hosts:` if that is right").format(host=result.moved_to))
    for url in result.missing[:3]:
        _line(f"    {url}", style="dim")


def _page(looked: Looked) -> None:
    _line(f"  {looked.page.row.url}", style="dim")
    for notice, verdict in zip(looked.notices, looked.verdicts, strict=True):
        said = as_schema(notice)
        _line(f"  {notice.title or _('(no title)')}")
        values = [f"{name} {said[name]}" for name in SHOWN if said.get(name) is not None]
        _line(f"    {notice.kind} · {_('buys vehicles')}: {verdict.vehicle_purchase} · {' · '.join(values)}")
        _issues(notice)


def _issues(notice: Notice) -> None:
    for attachment in notice.attachments[:3]:
        _line(_("    attachment: {name}").format(name=attachment.name), style="dim")
    for issue in notice.issues[:5]:
        _line(f"    ? {issue.what}: {issue.words} {issue.detail}".rstrip(), style="yellow")


# --- a new portal ---------------------------------------------------------------------------------------------------


def new(
    portal_id: Annotated[str, typer.Option("--id", prompt=_("id (small letters, as the file is called)"))],
    zh: Annotated[str, typer.Option("--zh", prompt=_("name in Chinese"))],
    en: Annotated[str, typer.Option("--en", prompt=_("name in English"))],
    owner: Annotated[str, typer.Option("--owner", prompt=_("who runs it"))],
    family: Annotated[str, typer.Option("--family", prompt=_("family (ccgp, freecms, ggzy: the software it runs on)"))],
    url: Annotated[str, typer.Option("--url", prompt=_("its address, scheme and host only"))],
    path: Annotated[str, typer.Option("--path", prompt=_("path of its first list, from the root"))],
    kind: Annotated[str, typer.Option("--kind", prompt=_("what the list holds, such as 公开招标公告"))],
    contribute: Annotated[
        bool, typer.Option("--contribute", help=_("In a checkout: write to config/ and tests/."))
    ] = False,
    base_url: BaseUrl = None,
) -> None:
    known = sorted({each.family for each in portals()})
    if family not in known:
        raise Mistake(_("there is no family {family!r}; known: {known}").format(family=family, known=", ".join(known)))
    if portal_id in config_folder("portals"):
        raise Mistake(_("there is a portal {id!r} already; choose another id or edit its file").format(id=portal_id))
    folder, samples = _places(contribute)
    file = folder / f"{portal_id}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(_definition(portal_id, zh, en, owner, family, url, path, kind), encoding="utf-8")
    try:
        made = load_portal(file)
    except ConfigurationError as fault:
        file.unlink()
        raise Mistake(str(fault)) from None
    say(_("written: {path}").format(path=file))
    seen = _first_look(made, base_url)
    if seen.pages:
        for kept in keep_sample(seen.pages[0], samples / portal_id):
            say(_("sample kept: {path}").format(path=kept))
    say(_("next: fill in what is marked ??? in the file, then `chebiao portal check {id}`").format(id=portal_id))
    raise typer.Exit(0 if seen.good else 1)


def _first_look(made: Portal, base_url: str | None) -> Look:
    with err.status(_("polling {portal}").format(portal=made.id)):
        seen = look(made, notices=1, base_url=base_url)
    _explain(seen)
    return seen


def _places(contribute: bool) -> tuple[Path, Path]:
    """Where definitions and samples go. Raises Mistake for --contribute outside a checkout."""
    if not contribute:
        return home() / "portals", home() / "samples"
    root = shipped().parent
    if not (root / "tests").is_dir():
        raise Mistake(_("--contribute works in a checkout only; leave it out to write to {home}").format(home=home()))
    return shipped() / "portals", root / "tests" / "portals" / "samples"


def _definition(portal_id: str, zh: str, en: str, owner: str, family: str, url: str, path: str, kind: str) -> str:
    """The file of a new portal: what was asked for, and careful values for the rest."""

    def said(words: str) -> str:
        """A YAML scalar, quoted where it must be."""
        return yaml.safe_dump(words, allow_unicode=True, width=10_000).removesuffix("...\n").strip()

    return f"""\
id: {said(portal_id)}
name: {{zh: {said(zh)}, en: {said(en)}}}
owner: {said(owner)}
family: {said(family)}
base_url: {said(url.rstrip("/"))}
terms: "??? what its terms of use say on automated reading, and when you looked"
robots: "??? what its robots.txt says, and when you looked; it is read before every poll in any case"
rate:
  delay_s: 5
  why: Nothing is known about what the portal bears; slow until it is.
licence: "??? under which terms its notices may be kept and shown"
caveats:
  - "??? what a reader of its data should know"
expect:
  min_rows: 1
interval: {{min: 120, max: 480}}
detail_budget: 100
channels:
  - id: notices
    name: {{zh: {said(kind)}, en: Notices}}
    path: {said(path)}
    kind: {said(kind)}
"""
