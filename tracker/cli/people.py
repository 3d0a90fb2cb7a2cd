"""`person add|list|edit` (alias `subscriber`): who gets the digest."""

from datetime import time
from typing import Annotated, Any

import typer

from crawler.clock import now
from tracker.cli.common import Json, config, engine
from tracker.cli.output import rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.router import welcome
from tracker.team import people
from tracker.words import DAYS, FREQUENCIES

person_app = typer.Typer(no_args_is_help=True)
At = Annotated[str | None, typer.Option("--at", metavar="HH:MM", help=_("Digest time."))]
Days = Annotated[
    str | None,
    typer.Option(
        "--days", metavar="working|daily|mon,wed,fri", help=_("Days of the digest: working days (调休), all, or some.")
    ),
]
Often = Annotated[
    str | None,
    typer.Option(
        "--frequency",
        metavar="instant|daily|weekly",
        help=_("Alerts at once beside the digest, or only the digest; what is critical always comes."),
    ),
]
Quiet = Annotated[
    str | None,
    typer.Option("--quiet", metavar="21:00-07:30", help=_("Only what is critical comes in these hours; off: none.")),
]
QuietDays = Annotated[
    bool | None,
    typer.Option("--quiet-days/--no-quiet-days", help=_("Only what is critical comes on days without a digest.")),
]
Zone = Annotated[str | None, typer.Option("--zone", metavar="Asia/Shanghai", help=_("Where these hours are read."))]
Packs = Annotated[
    str | None,
    typer.Option("--reports", metavar="weekly,monthly|none", help=_("Which reports of the team they get.")),
]
Lang = Annotated[str | None, typer.Option("--language", metavar="zh_CN|en")]


def register(app: typer.Typer) -> None:
    app.add_typer(person_app, name="person")
    app.add_typer(person_app, name="subscriber", hidden=True)
    person_app.command("add", help=_("Add a person; without a watch they get all vehicle tenders."))(add)
    person_app.command("list", help=_("Everybody."))(list_)
    person_app.command("edit", help=_("Change a person's address, times or language."))(edit)


def _time(text: str | None) -> time | None:
    if text is None:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Mistake(_("{text!r} is no time of day; write 07:30").format(text=text)) from None


def _quiet(text: str | None) -> dict[str, time | None]:
    if text is None:
        return {}
    if text == "off":
        return {"quiet_from": None, "quiet_to": None}
    first, dash, last = text.partition("-")
    if not dash:
        raise Mistake(_("{text!r} are no quiet hours; write 21:00-07:30, or off").format(text=text))
    return {"quiet_from": _time(first.strip()), "quiet_to": _time(last.strip())}


def add(
    name: str,
    email: Annotated[str | None, typer.Argument()] = None,
    at: At = None,
    days: Days = None,
    often: Often = None,
    quiet: Quiet = None,
    quiet_days: QuietDays = None,
    zone: Zone = None,
    packs: Packs = None,
    language: Lang = None,
) -> None:
    more = _wanted(at, days, often, quiet, quiet_days, zone, packs, language)
    usual = {"digest_at": config().digest_at, "digest_days": config().digest_days, "language": config().language}
    with engine().begin() as connection:
        card = people.add_person(connection, name, email, now(), **usual | more)
        welcome(connection, card.id, now())
    said = _("{name} gets the digest at {at:%H:%M} ({zone})")
    say(said.format(name=card.name, at=card.digest_at, zone=card.zone))
    if not card.email:
        say(_("no address: `chebiao person edit {name} --email ADDRESS` adds one").format(name=card.name))
    elif config().smtp_url is None:
        say(_("mail is not set up yet: set CHEBIAO_SMTP_URL, then `chebiao doctor --mail ADDRESS` tries it"))


def _wanted(
    at: str | None,
    days: str | None,
    often: str | None,
    quiet: str | None,
    quiet_days: bool | None,
    zone: str | None,
    packs: str | None,
    language: str | None,
) -> dict[str, Any]:
    """What was asked for, by the names of a card."""
    values = {
        "digest_at": _time(at),
        "digest_days": days,
        "frequency": often,
        "quiet_days": quiet_days,
        "zone": zone,
        "packs": packs,
        "language": language,
    }
    return {name: value for name, value in values.items() if value is not None} | _quiet(quiet)


def list_(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [_row(card) for card in people.people(connection)]
    columns = ("name", "email", "digest_at", "digest_days", "frequency", "quiet", "active")
    titles = (_("name"), _("address"), _("digest"), _("days"), _("alerts"), _("quiet"), _("active"))
    rows(found, columns, titles, as_json=as_json, wide="email", words={"digest_days": DAYS, "frequency": FREQUENCIES})


def _row(card: people.Card) -> dict[str, Any]:
    first, last = card.quiet_from, card.quiet_to
    quiet = f"{first:%H:%M}-{last:%H:%M}" if first is not None and last is not None else ""
    hours = {"quiet_from": first and f"{first:%H:%M}", "quiet_to": last and f"{last:%H:%M}"}
    return vars(card) | hours | {"digest_at": f"{card.digest_at:%H:%M}", "quiet": quiet}


def edit(
    name: str,
    email: Annotated[str | None, typer.Option()] = None,
    at: At = None,
    days: Days = None,
    often: Often = None,
    quiet: Quiet = None,
    quiet_days: QuietDays = None,
    zone: Zone = None,
    packs: Packs = None,
    language: Lang = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
) -> None:
    changes = _wanted(at, days, often, quiet, quiet_days, zone, packs, language)
    changes |= {key: value for key, value in {"email": email, "active": active}.items() if value is not None}
    if not changes:
        raise Mistake(_("nothing to change; `chebiao person edit --help` shows what can be"))
    with engine().begin() as connection:
        card = people.edit_person(connection, people.person(connection, name), **changes)
    say(_("{name} is changed").format(name=card.name))
