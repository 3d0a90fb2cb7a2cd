"""`watch add|list|show|test|edit|remove`: what a person wants to be told of."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from sqlalchemy import Connection

from crawler.clock import SHANGHAI, now
from tracker import watches
from tracker.cli.common import As, Json, engine
from tracker.cli.filters import filtered
from tracker.cli.output import indented, json_line, out, rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.filters import criteria_with, short_name
from tracker.i18n import _
from tracker.team import people
from tracker.watches import Criteria, Tried, Watched

watch_app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="WATCH", help=_("Its name or number."))]
NewName = Annotated[str | None, typer.Argument(metavar="[NAME]", help=_("What to call it."))]
Toml = Annotated[Path | None, typer.Option("--file", metavar="FILE.toml", help=_("A watch as TOML."))]
Preset = Annotated[str | None, typer.Option("--preset", help=_("A ready-made one; `watch presets` lists them."))]
Team = Annotated[
    str | None, typer.Option("--team", metavar="TEAM", help=_("A watch of this team, for all its people."))
]
Days = Annotated[int, typer.Option("--days", min=1, max=366, help=_("So many days back."))]
OLDER = timedelta(days=30)
SHOWN = 20


def register(app: typer.Typer) -> None:
    app.add_typer(watch_app, name="watch")
    watch_app.command("add", help=_("A new watch; it starts from now."))(filtered(add))
    watch_app.command("list", help=_("Everybody's watches, or one person's."))(list_)
    watch_app.command("test", help=_("What it would have caught lately, why, and what it narrowly missed."))(
        filtered(try_)
    )
    watch_app.command("edit", help=_("Change what it asks for; options given replace those it has."))(filtered(edit))
    watch_app.command("remove", help=_("Take it away; without any, one gets all vehicle tenders."))(remove)
    watch_app.command("presets", help=_("The ready-made watches."))(presets)


def _base(file: Path | None, preset: str | None) -> watches.WatchFile:
    if file is not None and preset is not None:
        raise Mistake(_("give --file or --preset, not both"))
    if file is not None:
        return watches.read_toml(file)
    return watches.preset(preset) if preset is not None else watches.WatchFile()


def add(
    who: As,
    filters: dict[str, Any],
    name: NewName = None,
    file: Toml = None,
    preset: Preset = None,
    team: Team = None,
    older: Annotated[
        bool, typer.Option("--show-last-30-days", help=_("List what it would have caught before it was made."))
    ] = False,
) -> None:
    base = _base(file, preset)
    criteria = criteria_with(base.criteria, filters)
    if criteria == Criteria() and not (file or preset):
        raise Mistake(_("a watch without any criterion is what one gets without a watch; give at least one"))
    with engine().begin() as connection:
        person = people.person(connection, who)
        made = watches.add_watch(connection, person, name or base.name or preset or "", criteria, team=team)
    told = made.team or person.name
    say(_("{name} is told of what {watch} asks for from now on").format(name=told, watch=made.name))
    if older:
        at = now()
        with reading(engine()) as connection:
            _show(watches.try_watch(connection, criteria, at - OLDER, at), as_json=False, near=False)
    else:
        say(_("`chebiao watch test {name} --as {who}` shows the last 30 days").format(name=made.name, who=person.name))


def list_(
    who: Annotated[str | None, typer.Option("--as", metavar="NAME", help=_("Only this person's."))] = None,
    as_json: Json = False,
) -> None:
    with reading(engine()) as connection:
        person = people.person(connection, who) if who else None
        names = {card.id: card.name for card in people.people(connection)}
        listed = watches.list_watches(connection, person)
        found = [_row(each, names) for each in {each.id: each for each in listed}.values()]  # a team's once
    titles = (_("id"), _("whose"), _("name"), _("asks for"), _("active"))
    columns = ("id", "whose", "name", "criteria", "active")
    if not as_json:
        asked = {each.id: short_name(each.criteria) for each in listed if each.criteria is not None}
        found = [row | {"criteria": row["fault"] or asked[row["id"]]} for row in found]
    rows(found, columns, titles, as_json=as_json, wide="criteria")


def _row(watch: Watched, names: dict[int, str]) -> dict[str, Any]:
    asked = watch.criteria.model_dump(mode="json", exclude_defaults=True) if watch.criteria else {}
    return {
        "id": watch.id,
        "whose": watch.team or names.get(watch.person_id, ""),
        "person": "" if watch.team else names.get(watch.person_id, ""),
        "team": watch.team,
        "name": watch.name,
        "criteria": asked,
        "active": watch.active,
        "created_at": watch.created_at,
        "fault": watch.fault,
    }


def try_(
    filters: dict[str, Any],
    name: NewName = None,
    who: Annotated[str | None, typer.Option("--as", metavar="NAME", help=_("Whose watch it is."))] = None,
    file: Toml = None,
    preset: Preset = None,
    days: Days = 30,
    as_json: Json = False,
) -> None:
    at = now()
    with reading(engine()) as connection:
        base = _of(connection, who, name) if name is not None else _base(file, preset).criteria
        found = watches.try_watch(connection, criteria_with(base, filters), at - timedelta(days=days), at)
    _show(found, as_json=as_json, near=True)


def _of(connection: Connection, who: str | None, name: str) -> Criteria:
    if who is None:
        raise Mistake(_("whose watch is {name}? give --as PERSON").format(name=name))
    watch = watches.find_watch(connection, people.person(connection, who), name)
    if watch.criteria is None:
        raise Mistake(_("the watch {name} cannot be read: {fault}").format(name=watch.name, fault=watch.fault))
    return watch.criteria


def _show(found: list[Tried], *, as_json: bool, near: bool) -> None:
    hits = [each for each in found if each.match.hit]
    missed = [each for each in found if not each.match.hit] if near else []
    if as_json:
        for each in (*hits, *missed):
            failed = each.match.near_miss
            json_line(
                {
                    "project": each.project_id,
                    "name": each.name,
                    "buyer": each.buyer,
                    "seen_at": each.seen_at,
                    "hit": each.match.hit,
                    "reasons": list(each.match.reasons),
                    "missed_by": failed.criterion if failed else None,
                }
            )
        return
    say(_("caught: {n}").format(n=len(hits)))
    for each in hits:
        _line(each.seen_at, each, " · ".join(each.match.reasons))
    if near:
        say(_("narrowly missed: {n}").format(n=len(missed)))
        for each in missed[:SHOWN]:
            failed = each.match.near_miss
            _line(each.seen_at, each, f"{failed.criterion}: {failed.words}" if failed else "")
        if len(missed) > SHOWN:
            say(_("and {n} more; --json lists all").format(n=len(missed) - SHOWN))


def _line(at: datetime, tried: Tried, why: str) -> None:
    out.print(
        Text(f"{at.astimezone(SHANGHAI):%m-%d}  {tried.project_id}  {tried.name}  {tried.buyer}", overflow="fold")
    )
    indented(why, 7, "dim")


def edit(
    name: Name,
    who: As,
    filters: dict[str, Any],
    file: Toml = None,
    rename: Annotated[str | None, typer.Option("--rename", help=_("Another name."))] = None,
    active: Annotated[bool | None, typer.Option("--active/--paused")] = None,
) -> None:
    if not filters and file is None and rename is None and active is None:
        raise Mistake(_("nothing to change; give a criterion, --file, --rename or --paused"))
    with engine().begin() as connection:
        watch = watches.find_watch(connection, people.person(connection, who), name)
        criteria = None
        if filters or file is not None:
            base = watches.read_toml(file).criteria if file is not None else watch.criteria or Criteria()
            criteria = criteria_with(base, filters)
        watches.edit_watch(connection, watch, name=rename, criteria=criteria, active=active)
    say(_("{name} is changed").format(name=rename or watch.name))


def remove(name: Name, who: As) -> None:
    with engine().begin() as connection:
        person = people.person(connection, who)
        watch = watches.find_watch(connection, person, name)
        watches.remove_watch(connection, watch)
        left = watches.list_watches(connection, person)
    say(_("{name} is removed").format(name=watch.name))
    if not left:
        say(_("{name} has no watch any more and gets all vehicle tenders").format(name=person.name))


def presets(as_json: Json = False) -> None:
    found = []
    for key, path in watches.presets().items():
        read = watches.read_toml(path)
        asked = read.criteria.model_dump(mode="json", exclude_defaults=True)
        found.append({"preset": key, "name": read.name, "criteria": asked if as_json else short_name(read.criteria)})
    columns, titles = ("preset", "name", "criteria"), (_("preset"), _("name"), _("asks for"))
    rows(found, columns, titles, as_json=as_json, wide="criteria")
