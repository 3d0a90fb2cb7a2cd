"""`platform` and `credential`: accounts, CA keys and papers, each with the day it ends."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from crawler.clock import today
from tracker.cli.common import As, Json, engine
from tracker.cli.output import rows, say
from tracker.db import reading
from tracker.i18n import _
from tracker.team import kept

platform_app = typer.Typer(no_args_is_help=True)
credential_app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help=_("As the list shows it."))]
Version = Annotated[int | None, typer.Option("--version", help=_("The version you looked at; another one is refused."))]
Company = Annotated[str, typer.Option("--company", metavar="NAME", help=_("The bidding entity it belongs to."))]
Day = Annotated[str | None, typer.Option("--until", metavar="DAY", help=_("Its last day."))]


def register(app: typer.Typer) -> None:
    app.add_typer(platform_app, name="platform")
    app.add_typer(credential_app, name="credential")
    platform_app.command("add", help=_("Note an account on a platform."))(platform_add)
    platform_app.command("set", help=_("Change it; another CA key alarms for bids it has encrypted."))(platform_set)
    platform_app.command("list", help=_("All accounts, or those of one company."))(platform_list)
    credential_app.command("add", help=_("Put a paper on the shelf."))(credential_add)
    credential_app.command("set", help=_("Change or retire it."))(credential_set)
    credential_app.command("list", help=_("What ends first stands first."))(credential_list)


Admission = Annotated[
    str | None, typer.Option("--admission", metavar="none|pending|admitted", help=_("In the platform's register?"))
]
Login = Annotated[str | None, typer.Option("--login", help=_("Name of the account; never its password."))]
CaKind = Annotated[str | None, typer.Option("--ca", metavar="KIND", help=_("Issuer and kind of the CA key."))]
CaSerial = Annotated[str | None, typer.Option("--ca-serial", metavar="NUMBER")]
CaUntil = Annotated[str | None, typer.Option("--ca-until", metavar="DAY", help=_("Last day of the CA key."))]
Holder = Annotated[str | None, typer.Option("--holder", metavar="NAME", help=_("Who has the key."))]
Hotline = Annotated[str | None, typer.Option("--hotline", metavar="NUMBER", help=_("The platform's telephone."))]


def platform_add(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help=_("Id in gates.yaml, or its name."))],
    company: Company,
    who: As,
    login: Login = None,
    admission: Admission = None,
    ca: CaKind = None,
    ca_serial: CaSerial = None,
    ca_until: CaUntil = None,
    holder: Holder = None,
    hotline: Hotline = None,
) -> None:
    from tracker.bidding import credentials

    values = _account(login, admission, ca, ca_serial, ca_until, holder, hotline)
    with engine().begin() as connection:
        row = credentials.add_account(connection, who, company, platform, **values)
    say(_("kept as {id}").format(id=row.id))


def platform_set(
    number: Number,
    who: As,
    login: Login = None,
    admission: Admission = None,
    ca: CaKind = None,
    ca_serial: CaSerial = None,
    ca_until: CaUntil = None,
    holder: Holder = None,
    hotline: Hotline = None,
    correction: Annotated[
        bool, typer.Option("--correction", help=_("The key is the same; it was noted wrongly."))
    ] = False,
    version: Version = None,
) -> None:
    from tracker.bidding import credentials

    values = _account(login, admission, ca, ca_serial, ca_until, holder, hotline)
    with engine().begin() as connection:
        done = credentials.change_account(connection, who, number, version=version, correction=correction, **values)
    say(_("kept"))
    for bid in done.encrypt_again:
        said = _("ENCRYPT AGAIN: bid {bid} of project {project} was encrypted with the old key")
        say(f"!! {said.format(bid=bid.id, project=bid.project_id)}")


def _account(
    login: str | None,
    admission: str | None,
    ca: str | None,
    ca_serial: str | None,
    ca_until: str | None,
    holder: str | None,
    hotline: str | None,
) -> dict[str, Any]:
    return {
        "login": login,
        "admission": admission,
        "ca_kind": ca,
        "ca_serial": ca_serial,
        "ca_until": kept.day(ca_until) if ca_until else None,
        "holder": holder,
        "hotline": hotline,
    }


def platform_list(
    company: Annotated[str | None, typer.Option("--company", metavar="NAME")] = None, as_json: Json = False
) -> None:
    from tracker.bidding import credentials

    with reading(engine()) as connection:
        found = [dict(row._mapping) for row in credentials.accounts(connection, company)]
    columns = ("id", "company", "platform", "admission", "ca_kind", "ca_serial", "ca_until", "holder", "version")
    titles = (
        _("id"),
        _("company"),
        _("platform"),
        _("register"),
        _("CA"),
        _("serial"),
        _("until"),
        _("holder"),
        _("version"),
    )
    words = {"admission": credentials.ADMISSIONS}
    rows(found, columns, titles, as_json=as_json, wide="company platform", words=words)


KIND = "licence|authorisation|certificate|test-report|announcement|case|statement|guarantee|other"


def credential_add(
    kind: Annotated[str, typer.Argument(metavar=KIND)],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    company: Company,
    who: As,
    number: Annotated[str | None, typer.Option("--number", metavar="NUMBER")] = None,
    issuer: Annotated[str | None, typer.Option("--issuer", metavar="NAME")] = None,
    until: Day = None,
    place: Annotated[
        str | None, typer.Option("--place", metavar="TEXT", help=_("Where original and file lie."))
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME")] = None,
) -> None:
    from tracker.bidding import credentials

    values = {"number": number, "issuer": issuer, "until": kept.day(until) if until else None, "place": place}
    with engine().begin() as connection:
        row = credentials.add_credential(connection, who, company, kind, name, owner=owner, **values)
    say(_("kept as {id}").format(id=row.id))


def credential_set(
    number: Number,
    who: As,
    name: Annotated[str | None, typer.Option("--name")] = None,
    paper_number: Annotated[str | None, typer.Option("--number", metavar="NUMBER")] = None,
    until: Day = None,
    place: Annotated[str | None, typer.Option("--place", metavar="TEXT")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME")] = None,
    retired: Annotated[
        bool | None, typer.Option("--retired/--not-retired", help=_("A newer one took its place."))
    ] = None,
    version: Version = None,
) -> None:
    from tracker.bidding import credentials

    values = {"name": name, "number": paper_number, "until": kept.day(until) if until else None, "place": place}
    with engine().begin() as connection:
        credentials.change_credential(connection, who, number, version=version, owner=owner, retired=retired, **values)
    say(_("kept"))


def credential_list(
    company: Annotated[str | None, typer.Option("--company", metavar="NAME")] = None,
    days: Annotated[
        int | None, typer.Option("--ending", min=0, metavar="DAYS", help=_("Only what ends that soon."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tracker.bidding import credentials

    last = today() + timedelta(days=days) if days is not None else None
    with reading(engine()) as connection:
        found = [dict(row._mapping) for row in credentials.credentials(connection, company, ending_by=last)]
    columns = ("id", "until", "kind", "name", "number", "company", "version")
    titles = (_("id"), _("until"), _("kind"), _("name"), _("No."), _("company"), _("version"))
    words = {"kind": credentials.CREDENTIAL_KINDS}
    rows(found, columns, titles, as_json=as_json, wide="name company", words=words)
