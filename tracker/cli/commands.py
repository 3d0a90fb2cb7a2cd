"""What `chebiao` can do: each command with its line of help, and the modules of this package that it is made of.

A module is imported when one of its commands is called: the list of them needs none, and `period` no database.
"""

from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from tracker.cli.frame import word_help
from tracker.i18n import _

COMMANDS: dict[str, tuple[str, str]] = {
    "poll": ("sources", _("Poll one portal, or all, now.")),
    "portals": ("sources", _("The portals, how each is doing and how old its news is.")),
    "polls": ("sources", _("Recent polls, the newest first.")),
    "notices": ("lists", _("Publications, the newest first.")),
    "projects": ("lists", _("Purchases; those one can still act on first.")),
    "events": ("lists", _("What happened, the newest first.")),
    "deadlines": ("lists", _("What is due, the earliest first.")),
    "attachments": ("attachments", _("The files a project's notices name; --fetch asks for them now.")),
    "undo": ("work", _("Take back a decision by its number.")),
    "search": ("find", _("Notices that hold every word, the newest first.")),
    "ocds": ("exchange", _("Projects as an OCDS 1.1 package: records, or the releases inside.")),
    "digest": ("mail", _("Show today's digest, or send it to everybody.")),
    "pack": ("pack", _("The team's report of the last week or month; --out writes it, such as report.xlsx.")),
    "ack": ("outbox", _("I have seen the reminders of this project; they are not repeated.")),
    "read": ("texts", _("Read notices from files and print what they say, one JSON object a line.")),
    "classify": ("texts", _("Say which titles buy vehicles, and why.")),
    "link": ("texts", _("Say which notices belong together; nothing is stored.")),
    "period": ("texts", _("Compute one legal period, step by step.")),
    "serve": ("care", _("Run until stopped: poll, digest, send, board.")),
    "doctor": ("care", _("Check everything once and say what to fix.")),
    "backup": ("care", _("Database and files into one archive.")),
    "restore": ("care", _("Fill an empty home from a backup.")),
    "forget": ("care", _("Blank a person's name, address or phone everywhere, for good.")),
    "reprocess": ("care", _("Read the archive anew and show what changed.")),
    "portal": ("portal", _("Look at one portal, or add one.")),
    "project": ("lists facts find payment team work", _("One project: show, track, pass, merge, split.")),
    "checklist": (
        "checklist",
        _("Lay out all that a complete answer needs, by whom and by when; `checklist 29` shows that of project 29."),
    ),
    "document": ("document", _("Tender documents: what they require, what changed, what to question.")),
    "notice": ("work manual", _("One notice: correct a misread value.")),
    "task": ("team", _("Tasks: add, list, edit, done.")),
    "team": ("team", _("Teams and their leads, who settle disputes.")),
    "bid": ("bid", _("A bid on its way: registration, papers, the gate before handing in, the day of the opening.")),
    "matrix": ("bid", _("Every requirement and our answer to it; `matrix 29` shows that of project 29.")),
    "platform": ("shelf", _("Accounts on platforms with their CA keys: add, set, list.")),
    "credential": ("shelf", _("The shelf of papers with the day each ends: add, set, list.")),
    "rhythm": ("rhythm", _("When organisers are expected to buy again, and why.")),
    "watch": ("watch", _("Watches: which tenders a person is told of.")),
    "relevance": ("find", _("Which notices buy vehicles: what people corrected.")),
    "audit": ("find", _("Compare with the list of another service.")),
    "deliveries": ("outbox", _("Mails and messages: what waits, what did not arrive.")),
    "person": ("people team", _("People who get the digest: add, list, edit.")),
    "subscriber": ("people team", _("People who get the digest: add, list, edit.")),
    "chat": ("chat", _("Chat groups told beside the mail: add, list, edit, test.")),
    "ics": ("ics", _("Dates of tracked projects for calendar programs: export, link.")),
    "account": ("account", _("Accounts of the board: list, invite, roles, close.")),
    "db": ("care", _("The database: upgrade.")),
    "calendar": ("care", _("Working-day tables: import a year.")),
}
HIDDEN = {"subscriber"}
"""Other names of a command."""
PARTS = typer.Typer()
"""What the modules imported so far have registered."""


class Commands(TyperGroup):
    """All of them, each made when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # as click calls it
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return made(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the library does, which looks among `commands` for what a mistyped name may mean."""
        self.commands = _lines()
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The list, without what is behind it."""
        listed = TyperGroup(
            name=self.name,
            help=self.help,
            params=self.params,
            commands=_lines(),
            rich_markup_mode=self.rich_markup_mode,
            context_settings=self.context_settings,
        )
        word_help(listed)
        listed.format_help(ctx, formatter)


def _lines() -> dict[str, Any]:
    """The commands as the list shows them."""
    return {name: TyperCommand(name, help=line, hidden=name in HIDDEN) for name, (_modules, line) in COMMANDS.items()}


@cache
def made(name: str) -> Any:
    """The command of this name, with all that is below it."""
    modules, line = COMMANDS[name]
    for module in modules.split():
        _register(module)
    command = typer.main.get_group(PARTS).commands[name]
    command.help = line
    word_help(command)
    return command


@cache
def _register(module: str) -> None:
    import_module(f"tracker.cli.{module}").register(PARTS)
