"""`person add|list|edit` (alias `subscriber`): who gets the digest."""

from datetime import time
from typing import Annotated

import typer

from crawler.clock import now
from tracker import people
from tracker.cli.common import Json, config, engine
from tracker.cli.output import rows, say
from tracker.cli.words import DAYS, LANGUAGES
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.router import welcome

person_app = typer.Typer(no_args_is_help=True, help=_("People who get the digest: add, list, edit."))
At = Annotated[str | None, typer.Option("--at", metavar="HH:MM", help=_("Digest time, Asia/Shanghai."))]
Days = Annotated[str | None, typer.Option("--days", metavar="working|daily", help=_("Working days or every day."))]
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


def add(
    name: str,
    email: Annotated[str | None, typer.Argument()] = None,
    at: At = None,
    days: Days = None,
    language: Lang = None,
) -> None:
    more = {
        "digest_at": _time(at) or config().digest_at,
        "digest_days": days or config().digest_days,
        "language": language or config().language,
    }
    with engine().begin() as connection:
        card = people.add_person(connection, name, email, now(), **more)
        welcome(connection, card.id, now())
    say(_("{name} gets the digest at {at:%H:%M} (Asia/Shanghai)").format(name=card.name, at=card.digest_at))
    if not card.email:
        say(_("no address: `chebiao person edit {name} --email ADDRESS` adds one").format(name=card.name))
    elif config().smtp_url is None:
        say(_("mail is not set up yet: set CHEBIAO_SMTP_URL, then `chebiao doctor --mail ADDRESS` tries it"))


def list_(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [{**vars(card), "digest_at": f"{card.digest_at:%H:%M}"} for card in people.people(connection)]
    columns = ("name", "email", "digest_at", "digest_days", "language", "active")
    titles = (_("name"), _("address"), _("digest"), _("days"), _("language"), _("active"))
    rows(found, columns, titles, as_json=as_json, wide="email", words={"digest_days": DAYS, "language": LANGUAGES})


def edit(
    name: str,
    email: Annotated[str | None, typer.Option()] = None,
    at: At = None,
    days: Days = None,
    language: Lang = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
) -> None:
    wanted = {"email": email, "digest_at": _time(at), "digest_days": days, "language": language, "active": active}
    changes = {key: value for key, value in wanted.items() if value is not None}
    if not changes:
        raise Mistake(_("nothing to change; give --email, --at, --days, --language or --inactive"))
    with engine().begin() as connection:
        card = people.edit_person(connection, people.person(connection, name), **changes)
    say(_("{name} is changed").format(name=card.name))
