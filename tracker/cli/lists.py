"""`notices`, `projects`, `events`, `project show`, `deadlines`: what is known."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from crawler.clock import SHANGHAI, now
from tracker import views
from tracker.cli.common import Json, Limit, engine
from tracker.cli.output import indented, json_line, out, rows
from tracker.cli.standing import show_grounds, show_positions, show_proceeding, show_work
from tracker.db import reading
from tracker.decisions import project as find_project
from tracker.i18n import _, both
from tracker.present import ACTS, KINDS, METHODS, MOMENTS, VERDICTS, left, legal, moment, money, portal_name, word
from tracker.state import MilestoneState, ProjectState
from tracker.words import EVENTS, OUTCOMES, event_value

project_app = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command("notices")(notices_command)
    app.command("projects")(projects_command)
    app.command("events")(events_command)
    app.command("deadlines")(deadlines_command)
    app.add_typer(project_app, name="project")
    project_app.command("show", help=_("Everything known of a project, each date with its words or rule."))(
        show_command
    )


def notices_command(
    portal: Annotated[str | None, typer.Option(help=_("Only this portal."))] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    with reading(engine()) as connection:
        found = [
            {
                "id": row.id,
                "portal": row.portal,
                "url": row.url,
                "title": row.title,
                "kind": row.kind,
                "project": row.project_id,
                "key": row.key,
                "published_at": row.published_at,
                "state": row.state,
            }
            for row in views.notices(connection, limit, portal=portal)
        ]
    columns = ("id", "published_at", "kind", "title", "project")
    titles = (_("id"), _("published"), _("kind"), _("title"), _("project"))
    rows(found, columns, titles, as_json=as_json, wide="title", words={"kind": KINDS})


def projects_command(
    vehicles: Annotated[bool, typer.Option("--vehicles", help=_("Only those that buy vehicles."))] = False,
    tracked: Annotated[bool, typer.Option("--tracked", help=_("Only those somebody tracks."))] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1)] = None,
    as_json: Json = False,
) -> None:
    at = now()
    with reading(engine()) as connection:
        found = [
            _project(row, at) for row in views.projects(connection, at, vehicles=vehicles, tracked=tracked, limit=limit)
        ]
    columns = ("id", "name", "region", "action", "when")
    titles = (_("id"), _("project"), _("region"), _("next action"), _("by (Beijing)"))
    if as_json:
        for row in found:
            json_line({name: value for name, value in row.items() if name not in {"action", "when"}})
        return
    rows(found, columns, titles, as_json=False, wide="name")


def _project(row: views.ProjectRow, at: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "buyer": row.buyer,
        "stage": row.stage,
        "next_action": row.next.kind if row.next else None,
        "next_at": row.next.earliest if row.next else None,
        "region": row.region,
        "vehicle_purchase": row.vehicle_purchase,
        "closed": row.closed,
        "tracked": row.tracked,
        "action": word(ACTS, row.next.kind) if row.next else None,
        "when": moment(row.next.earliest, row.next.precision, at) if row.next else None,
    }


def events_command(
    project: Annotated[int | None, typer.Option(help=_("Only this project."))] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    with reading(engine()) as connection:
        found = [dict(row._mapping) for row in views.events(connection, limit, project=project)]
    if not as_json:
        found = [row | _change(row) for row in found]
    columns = ("seen_at", "kind", "project_id", "before", "after")
    titles = (_("seen"), _("what"), _("project"), _("before"), _("after"))
    rows(found, columns, titles, as_json=as_json, wide="after")


def _change(row: dict[str, Any]) -> dict[str, str | None]:
    """An event as people read it, a date with its name."""
    before, after = (event_value(row["kind"], row[each]) for each in ("before", "after"))
    date = row["data"].get("rule_id") or row["data"].get("milestone")
    said = " ".join(each for each in (word(MOMENTS, date) if date else None, after) if each)
    return {"kind": word(EVENTS, row["kind"]), "before": before, "after": said or None}


def deadlines_command(
    project: Annotated[int | None, typer.Argument(metavar="[PROJECT]")] = None, as_json: Json = False
) -> None:
    at = now()
    with reading(engine()) as connection:
        wanted = find_project(connection, project).id if project else None
        found = sorted(
            (
                _deadline(row, proceeding.key, milestone, at)
                for row in views.projects(connection, at, vehicles=wanted is None)
                if wanted is None or row.id == wanted
                for proceeding in row.state.proceedings
                for milestone in proceeding.milestones
                if milestone.latest > at and (wanted or milestone.bidder_acts or (row.tracked and milestone.alarm))
            ),
            key=lambda each: each["earliest"],
        )
    columns = ("when", "left", "what", "project", "name")
    titles = (_("by (Beijing)"), _("left"), _("what"), _("id"), _("project"))
    if as_json:
        for row in found:
            json_line({name: value for name, value in row.items() if name not in {"when", "left", "what"}})
        return
    rows(found, columns, titles, as_json=False, wide="what name")


def _deadline(row: views.ProjectRow, proceeding: str, milestone: MilestoneState, at: datetime) -> dict[str, Any]:
    return {
        "project": row.id,
        "name": row.name,
        "proceeding": proceeding,
        "lot": milestone.lot or None,
        "kind": milestone.kind,
        "rule_id": milestone.rule_id or None,
        "earliest": milestone.earliest,
        "latest": milestone.latest,
        "precision": milestone.precision,
        "words": milestone.words,
        "provisional": milestone.provisional,
        "conflict": [each.model_dump() for each in milestone.conflict],
        "when": moment(milestone.earliest, milestone.precision, at),
        "left": left(milestone.earliest, milestone.latest, at),
        "what": _what(milestone),
    }


def _what(milestone: MilestoneState) -> str:
    """A printed date by its kind, a computed one by the name of its rule."""
    return both(milestone.label, milestone.label_en) if milestone.rule_id else word(MOMENTS, milestone.kind)


def _ground(milestone: MilestoneState) -> str:
    """What a date rests on: the law and its rule, or the words it was read from."""
    return f"{legal(milestone.legal_ref)} {milestone.rule_id}" if milestone.rule_id else f"“{milestone.words}”"


def show_command(
    identity: Annotated[int, typer.Argument(metavar="PROJECT")],
    explain: Annotated[bool, typer.Option("--explain", help=_("Where every fact was read."))] = False,
    as_json: Json = False,
) -> None:
    at = now()
    with reading(engine()) as connection:
        row = find_project(connection, identity)
        state = ProjectState.model_validate(row.state)
        publications = views.publications_of(connection, row.id)
        history = views.events(connection, 200, project=row.id)
    if as_json:
        json_line(
            {"id": row.id, "state": state.model_dump(mode="json")}
            | {"publications": [{"key": f"{each.portal}/{each.key}", "url": each.url} for each in publications]}
        )
        return
    reasons = both("；".join(state.reasons), "; ".join(state.reasons_en))
    out.print(Text(f"{row.id}  {state.name}", style="bold"))
    for label, value in (
        (_("number"), state.number),
        (_("buyer"), state.buyer),
        (_("agency"), state.agency),
        (_("region"), state.region),
        (_("budget"), money(state.budget) if state.budget else None),
        (_("ceiling"), money(state.ceiling) if state.ceiling else None),
        (_("vehicles"), f"{word(VERDICTS, state.vehicle_purchase)}  {reasons}"),
    ):
        if value:
            indented(f"{label}{_(': ')}{value}")
    with reading(engine()) as connection:
        show_positions(connection, row, state, at)
    for proceeding in state.proceedings:
        stage = both(proceeding.stage_zh, proceeding.stage_en)
        head = [proceeding.key, word(METHODS, proceeding.method) or "–", stage, word(OUTCOMES, proceeding.outcome)]
        out.print(Text("\n" + " · ".join(filter(None, head)), style="bold"))
        show_proceeding(proceeding)
        for milestone in sorted(proceeding.milestones, key=lambda each: each.earliest):
            lot = f" [{milestone.lot}]" if milestone.lot else ""
            mark = " ⚠" if milestone.conflict else (" ~" if milestone.provisional else "")
            when = moment(milestone.earliest, milestone.precision, at)
            indented(f"{when}  {_what(milestone)}{lot}{mark}")
            if milestone.check:
                indented(f"! {both(milestone.check, milestone.check_en)}", 6)
            if explain or milestone.conflict:
                source = f" ({milestone.source})" if milestone.source else ""
                indented(f"{_ground(milestone)}{source}", 6, "dim")
                if milestone.rule_id:
                    indented(both(milestone.words, milestone.words_en), 6, "dim")
                for said in (*milestone.history, *milestone.conflict):
                    indented(f"{said.value} “{said.words}” ({said.source})", 6, "dim")
    out.print(Text(f"\n{_('publications')}", style="bold"))
    for each in publications:
        day = f"{each.published_at.astimezone(SHANGHAI):%Y-%m-%d}" if each.published_at else "–"
        where = each.url or portal_name(each.portal)
        indented(f"{day}  {word(KINDS, each.kind)}  {each.title}")
        out.print(Text(f"      {where}"), soft_wrap=True)  # an address in one piece can be opened
    out.print(Text(f"\n{_('history')}", style="bold"))
    for event in reversed(history):
        change = _change(dict(event._mapping))
        values = " → ".join(each for each in (change["before"], change["after"]) if each)
        seen = f"{event.seen_at.astimezone(SHANGHAI):%m-%d %H:%M}"
        indented(f"{seen}  {change['kind']}  {values}")
    with reading(engine()) as connection:
        show_work(connection, row, at)
        if explain:
            show_grounds(connection, row, at)
