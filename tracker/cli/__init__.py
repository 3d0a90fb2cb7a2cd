"""`chebiao`: one command for everything. Exit 0 done, 1 a source or delivery failed, 2 the user's mistake."""

import errno
import os
import sqlite3
import sys
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError

from crawler.config import ConfigurationError
from tracker.cli import (
    account,
    attachments,
    bid,
    care,
    chat,
    checklist,
    document,
    exchange,
    facts,
    find,
    ics,
    lists,
    mail,
    manual,
    outbox,
    pack,
    payment,
    people,
    portal,
    rhythm,
    shelf,
    sources,
    team,
    texts,
    watch,
    work,
)
from tracker.cli.frame import speak
from tracker.cli.output import say
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.people import PersonError

app = typer.Typer(
    name="chebiao",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_(
        "Chebiao follows public tenders that buy vehicles, from the first intention to the contract.\n\n"
        "First steps: [bold]chebiao doctor[/] · [bold]chebiao person add NAME EMAIL[/] · [bold]chebiao poll ccgp[/] · "
        "[bold]chebiao digest[/] · [bold]chebiao serve[/]"
    ),
)
for module in (
    sources,
    portal,
    lists,
    attachments,
    checklist,
    document,
    work,
    team,
    payment,
    bid,
    shelf,
    facts,
    rhythm,
    manual,
    watch,
    find,
    exchange,
    mail,
    pack,
    outbox,
    people,
    chat,
    ics,
    account,
    texts,
    care,
):
    module.register(app)


def main() -> None:
    """The command line. Mistakes of the user end with a sentence and code 2, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        speak(app)()
    except (ConfigurationError, Mistake, PersonError) as mistake:
        _end(str(mistake), 2)
    except OperationalError as fault:
        _end(explain(fault), 1)
    except BrokenPipeError:  # the reader of our output has gone, as in `chebiao notices | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as fault:
        _end(_file(fault), 1 if fault.errno in (errno.ENOSPC, errno.EIO) else 2)


def _end(message: str, code: int) -> NoReturn:
    say(f"chebiao: {message}")
    sys.exit(code)


def explain(fault: OperationalError) -> str:
    """What a fault of the database means for a person."""
    words = str(fault.orig)
    if isinstance(fault.orig, sqlite3.OperationalError) and "locked" in words:
        return _("the database is locked by another program for more than 15 s; end it or try again")
    if "full" in words:
        return _("the disk is full: {words}; nothing stored is lost, make room and run it again").format(words=words)
    return _("the database cannot be used: {words}").format(words=words)


def _file(fault: OSError) -> str:
    if fault.errno == errno.ENOSPC:
        return _("the disk is full; nothing stored is lost, make room and run it again")
    return f"{fault.filename or ''}: {fault.strerror}".lstrip(": ")
