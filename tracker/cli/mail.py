"""`digest`: what the morning mail says; `--send` sends it."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.clock import now
from crawler.config import ConfigurationError
from tracker.cli.common import config, engine
from tracker.cli.output import say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.delivery.deliveries import make_digests, send_due
from tracker.delivery.render import render
from tracker.digest import compose
from tracker.digest.workbook import workbook
from tracker.i18n import _, language
from tracker.rhythms import keep_forecasts
from tracker.router import route
from tracker.team.people import person


def register(app: typer.Typer) -> None:
    app.command("digest")(digest)


def digest(
    send: Annotated[
        bool, typer.Option("--send", help=_("Send today's to each person; nothing is sent twice."))
    ] = False,
    who: Annotated[str | None, typer.Option("--for", metavar="NAME", help=_("As this person gets it."))] = None,
    form: Annotated[str, typer.Option("--format", metavar="text|html|json|xlsx")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE")] = None,
) -> None:
    with engine().begin() as connection:
        route(connection, now())
    if send:
        _send()
        return
    with reading(engine()) as connection:
        card = person(connection, who) if who else None
        found = compose(connection, card.id if card else None, now())
    if form not in ("text", "html", "json", "xlsx"):
        raise Mistake(_("{form!r} is no format; write text, html, json or xlsx").format(form=form))
    with language(card.language if card else config().language):
        rendered = render(found, board=config().public_url)
        content = workbook(found) if form == "xlsx" else getattr(rendered, form).encode()
    if output is not None:
        output.write_bytes(content)
        say(_("written: {path}").format(path=output))
    elif form == "xlsx":
        raise Mistake(_("a workbook needs a file: --output FILE"))
    else:
        typer.echo(content.decode())


def _send() -> None:
    if config().smtp_url is None and config().chat_robots is None:
        raise ConfigurationError(_("mail is not set up: set CHEBIAO_SMTP_URL, such as smtps://user:password@host:465"))
    with engine().begin() as connection:
        keep_forecasts(connection, now())  # what `serve` keeps by itself
        make_digests(connection, now(), force_today=True)
    done = send_due(engine(), now(), config(), ignore_backoff=True)
    failed = done.total() - done["sent"] - done["cancelled"]
    say(_("{sent} sent, {failed} not").format(sent=done["sent"], failed=failed))
    if failed:
        say(_("`chebiao doctor` says why; what can be tried again is tried by `chebiao serve` or the next --send"))
    raise typer.Exit(1 if failed else 0)
