"""`chat add|list|edit|test`: groups of WeCom, DingTalk and Feishu that are told beside the mail."""

from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import As, Json, config, engine
from tracker.cli.output import rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.delivery import destinations
from tracker.i18n import _
from tracker.words import MEDIA

chat_app = typer.Typer(no_args_is_help=True)

Robot = Annotated[str, typer.Option("--robot", metavar="NAME", help=_("As the file of robots calls it."))]
Group = Annotated[str, typer.Argument(metavar="GROUP")]


def register(app: typer.Typer) -> None:
    app.add_typer(chat_app, name="chat")
    chat_app.command("add", help=_("Tell a group what a person, or anybody of a team, is told."))(add)
    chat_app.command("list", help=_("The groups and whose news they get."))(list_)
    chat_app.command("edit", help=_("Another robot, with or without the digest, on or off."))(edit)
    chat_app.command("test", help=_("Send a test message to the group now."))(test)


def add(
    name: Group,
    robot: Robot,
    who: As,
    of: Annotated[str | None, typer.Option("--for", metavar="PERSON", help=_("Told what this person is told."))] = None,
    team: Annotated[
        str | None, typer.Option(metavar="TEAM", help=_("Told what any member is told; the digest is the lead's."))
    ] = None,
    digest: Annotated[bool, typer.Option("--digest/--no-digest", help=_("The digest too, or alerts only."))] = True,
) -> None:
    with engine().begin() as connection:
        made = destinations.add_group(connection, who, name, robot, now(), config(), of=of, team=team, digest=digest)
    said = _("{name} ({medium}) is told from now on; `chebiao chat test {name}` tries it")
    say(said.format(name=made.name, medium=_(MEDIA[made.medium])))


def list_(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [vars(each) for each in destinations.groups(connection)]
    columns = ("name", "medium", "robot", "person", "team", "digest", "active")
    titles = (_("name"), _("platform"), _("robot"), _("person"), _("team"), _("digest"), _("active"))
    rows(found, columns, titles, as_json=as_json, wide="name", words={"medium": MEDIA})


def edit(
    name: Group,
    who: As,
    robot: Annotated[str | None, typer.Option("--robot", metavar="NAME")] = None,
    digest: Annotated[bool | None, typer.Option("--digest/--no-digest")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
) -> None:
    wanted = {"robot": robot, "digest": digest, "active": active}
    changes = {key: value for key, value in wanted.items() if value is not None}
    if not changes:
        raise Mistake(_("nothing to change; give --robot, --digest, --no-digest, --active or --inactive"))
    with engine().begin() as connection:
        destinations.edit_group(connection, who, destinations.group(connection, name), config(), **changes)
    say(_("{name} is changed").format(name=name))


def test(name: Group) -> None:
    with reading(engine()) as connection:
        group = destinations.group(connection, name)
    answer = destinations.try_group(config(), group, now())
    if answer.outcome != "sent":
        said = _("{name} was not told: {outcome} {code} {text}")
        say(said.format(name=group.name, outcome=answer.outcome, code=answer.code, text=answer.text))
        raise typer.Exit(1)
    say(_("the test message has arrived at {name}").format(name=group.name))
