"""`chebiao`: one command for everything. Exit 0 done, 1 a source or delivery failed, 2 the user's mistake.

Nothing slow is imported here, so that `chebiao --help` answers at once (tracker/cli/commands.py).
"""

import os
import sys

import typer

from tracker.cli.commands import Commands
from tracker.cli.frame import CONTEXT, speak
from tracker.cli.output import say
from tracker.i18n import _

app = typer.Typer(
    name="chebiao",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings=CONTEXT,
    help=_(
        "Chebiao follows public tenders that buy vehicles, from the first intention to the contract.\n\n"
        "First steps: [bold]chebiao doctor[/] · [bold]chebiao person add NAME EMAIL[/] · [bold]chebiao poll ccgp[/] · "
        "[bold]chebiao digest[/] · [bold]chebiao serve[/]"
    ),
)
app.callback()(lambda: None)


def main() -> None:
    """The command line. Mistakes of the user end with a sentence and code 2, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        speak(app)()
    except BrokenPipeError:  # the reader of our output has gone, as in `chebiao notices | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:
        from tracker.cli.faults import told  # knows the database's faults, which is slow to import

        ended = told(fault)
        if ended is None:
            raise
        message, code = ended
        say(f"chebiao: {message}")
        sys.exit(code)
