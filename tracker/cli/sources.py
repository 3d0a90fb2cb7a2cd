"""`poll`, `portals`, `polls`: what is read from where, and how it went."""

from typing import Annotated

import typer

from crawler.clock import now
from crawler.page import GOOD
from tracker.cli.common import Json, Limit, config, engine, portal, portals
from tracker.cli.output import err, json_line, rows, say
from tracker.db import reading
from tracker.i18n import _
from tracker.present import POLL_STATES, word
from tracker.service.leases import held
from tracker.service.poll import PollReport, poll
from tracker.views import polls as poll_rows
from tracker.views import portal_rows

WORDS = {"state": POLL_STATES}


def register(app: typer.Typer) -> None:
    app.command("poll")(poll_command)
    app.command("portals")(portals_command)
    app.command("polls")(polls_command)


def poll_command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PORTAL]...", help=_("Ids; none means all."))] = None,
    base_url: Annotated[
        str | None, typer.Option(help=_("A replica on loopback that stands in for the portal."))
    ] = None,
    channel: Annotated[list[str] | None, typer.Option(help=_("Only this channel; may be repeated."))] = None,
    deep: Annotated[bool, typer.Option(help=_("48 hours back instead of the first page."))] = False,
    budget: Annotated[int | None, typer.Option(min=0, help=_("Most details to fetch."))] = None,
    as_json: Json = False,
) -> None:
    chosen = [portal(name) for name in names] if names else portals()
    worst = 0
    seconds = config().lease_seconds
    for each in chosen:
        with (
            err.status(_("polling {portal}").format(portal=each.id)) as status,
            held(engine(), each.claim, seconds, patience=seconds + 1) as mine,
        ):
            if not mine:
                say(_("{portal} is being polled by another process; skipped").format(portal=each.id))
                continue
            report = poll(
                engine(),
                each,
                channels=channel or None,
                mode="deep" if deep else "quick",
                base_url=base_url,
                budget=budget,
                timeout_s=config().crawl_timeout_seconds,
                progress=lambda title: status.update(title[:60]),
            )
        if report is not None:
            _show(report, as_json)
            worst = max(worst, int(report.state not in GOOD))
    raise typer.Exit(worst)


def _show(report: PollReport, as_json: bool) -> None:
    said = {
        "portal": report.portal,
        "state": report.state,
        "reason": report.reason,
        "requests": report.requests,
        "rows": sum(each.rows for each in report.channels),
        "new": report.total("new"),
        "changed": report.total("changed"),
        "unchanged": report.total("unchanged"),
        "failed": report.total("failed"),
        "unfetched": sum(each.unfetched for each in report.channels),
    }
    if as_json:
        json_line(said)
        return
    say(
        _(
            "{portal}: {state} · {requests} requests · {rows} rows · {new} new, {changed} changed, {failed} failed"
        ).format(**said | {"state": word(POLL_STATES, report.state)})
    )
    if said["unfetched"]:
        say(_("{unfetched} details are still to be fetched; the next poll goes on with them").format(**said))
    for each in report.channels:
        if each.state not in GOOD:
            say(f"  {each.channel}: {word(POLL_STATES, each.state)} – {each.reason}")


def portals_command(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [vars(row) for row in portal_rows(connection, portals(), now())]
    titles = (_("portal"), _("name"), _("state"), _("last read"), _("age"), _("notices"))
    rows(found, ("id", "name", "state", "last_ok", "lag", "notices"), titles, as_json=as_json, wide="name", words=WORDS)


def polls_command(
    name: Annotated[str | None, typer.Argument(metavar="[PORTAL]")] = None, limit: Limit = 30, as_json: Json = False
) -> None:
    with reading(engine()) as connection:
        found = [dict(row._mapping) for row in poll_rows(connection, limit, portal=name)]
    columns = ("ended_at", "portal", "channel", "state", "rows", "new", "changed", "failed", "reason")
    titles = (_("ended"), _("portal"), _("channel"), _("state"), _("rows"), _("new"), _("chg"), _("fail"), _("reason"))
    rows(found, columns, titles, as_json=as_json, wide="reason", words=WORDS)
