"""`chebiao rhythm`: when organisers are expected to buy again, each with its support; never a fact."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from crawler.clock import now
from tracker import rhythms
from tracker.cli.common import As, Json, engine
from tracker.cli.output import json_line, rows, say
from tracker.db import reading
from tracker.i18n import _
from tracker.rhythm import Window

rhythm_app = typer.Typer(invoke_without_command=True)


def register(app: typer.Typer) -> None:
    app.add_typer(rhythm_app, name="rhythm")
    rhythm_app.callback()(show)
    rhythm_app.command("add", help=_("Enter a rhythm you know, or one a document declares."))(add)
    rhythm_app.command("end", help=_("It holds no longer."))(end)


def show(
    context: typer.Context,
    organiser: Annotated[str | None, typer.Option("--organiser", metavar="NAME", help=_("Only this one."))] = None,
    as_json: Json = False,
) -> None:
    if context.invoked_subcommand:
        return
    at = now()
    with engine().begin() as connection:
        rhythms.keep_forecasts(connection, at)
    with reading(engine()) as connection:
        expected = rhythms.expectations(connection, at, organiser)
        records = {each.key: rhythms.track_record(connection, each.key) for each in expected}
        coming = rhythms.intentions(connection, at, organiser)
    found = [_row(each, records[each.key]) for each in expected] + [_intention(each) for each in coming]
    if as_json:
        for row in found:
            json_line({name: value for name, value in row.items() if name != "window"})
        return
    if not found:
        say(_("no rhythm found"))
        return
    titles = (_("organiser"), _("form"), _("kind"), _("expected"), _("support"))
    rows(found, ("organiser", "form", "kind", "window", "support"), titles, as_json=False, wide="organiser")
    say(_("expected from the past, not announced"))


def _row(each: rhythms.Expected, record: dict[str, int]) -> dict[str, Any]:
    said = {"expected": _words(each.windows[0]) if each.windows else "–", "lapsed": _("lapsed")}
    return {
        "id": each.id,
        "organiser": each.series.organiser,
        "form": each.series.form,
        "vehicle_class": each.series.vehicle_class,
        "kind": each.kind,
        "origin": each.origin,
        "state": each.state,
        "first": each.windows[0].first if each.windows else None,
        "last": each.windows[0].last if each.windows else None,
        "hits": each.hits,
        "slots": each.slots,
        "support": each.support,
        "record": record,
        "window": said.get(each.state, _("no rhythm found")),
    }


def _intention(each: rhythms.Coming) -> dict[str, Any]:
    lag = each.lag
    said = (
        _("{month}; median {median} d, never {share:.0%} ({all})").format(
            month=f"{each.month:%Y-%m}", median=lag.median, share=lag.never_share, all=lag.came + lag.never
        )
        if lag
        else _("{month}; too few to tell").format(month=f"{each.month:%Y-%m}")
    )
    return {
        "id": None,
        "project": each.project_id,
        "organiser": each.buyer,
        "form": "",
        "kind": "intention",
        "origin": "learned",
        "state": "expected" if each.window else "none",
        "first": each.window.first if each.window else None,
        "last": each.window.last if each.window else None,
        "median_days": lag.median if lag else None,
        "quartile_days": lag.quartiles if lag else None,
        "never_share": lag.never_share if lag else None,
        "support": said,
        "window": _words(each.window) if each.window else "–",
    }


def _words(window: Window) -> str:
    """`预计 12-08 至 12-11`; one day alone stands alone."""
    if window.last - window.first < timedelta(days=1):
        return _("about {day:%m-%d}").format(day=window.first)
    return _("about {first:%m-%d} to {last:%m-%d}").format(first=window.first, last=window.last)


def add(
    organiser: str,
    kind: Annotated[str, typer.Argument(metavar="|".join(rhythms.KINDS))],
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help=_("Such as “day 12”, “weekday 2 3”, “yearly 03-01 03-31”."))
    ],
    who: As,
    form: Annotated[str, typer.Option("--form", help=_("A method such as open, or batch; empty: any."))] = "",
    vehicle_class: Annotated[str, typer.Option("--class", help=_("Such as police_car; empty: any."))] = "",
    words: Annotated[str, typer.Option("--words", help=_("Why, or the words of the document."))] = "",
    declared: Annotated[bool, typer.Option("--declared", help=_("A document says so."))] = False,
) -> None:
    with engine().begin() as connection:
        row = rhythms.add_rhythm(
            connection,
            who,
            organiser,
            kind,
            rule,
            form=form,
            vehicle_class=vehicle_class,
            words=words,
            declared=declared,
        )
    say(_("kept as {id}").format(id=row.id))


def end(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    who: As,
    version: Annotated[int | None, typer.Option("--version")] = None,
) -> None:
    with engine().begin() as connection:
        rhythms.end_rhythm(connection, who, number, version)
    say(_("kept"))
