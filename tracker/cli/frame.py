"""What Typer itself says around our words (headings, `--help`, mistakes in a call), in the interface language."""

import re
from collections.abc import Iterator
from functools import partialmethod
from typing import Any

import typer
from typer import rich_utils

from tracker.i18n import _

_SHOW = rich_utils.rich_format_error
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
"""Settings of every command."""
MISTAKES = {
    r"Missing (?:option|argument|parameter) (?P<what>.+?)\..*": "{what} is missing",
    r"Missing command\.": "the command is missing",
    r"No such option: (?P<what>\S+)": "there is no option {what}",
    r"No such option: (?P<what>\S+) \(Possible options: (?P<known>.+)\)": "there is no option {what}; known: {known}",
    r"No such command (?P<what>\S+)\. Did you mean (?P<known>.+)\?": "there is no command {what}; perhaps {known}",
    r"No such command (?P<what>\S+)\..*": "there is no command {what}",
    r"Got unexpected extra arguments? ?\((?P<what>.+)\)": "too much: {what}",
    r"Got unexpected extra argument\(s\) \((?P<what>.+)\)": "too much: {what}",
    r"Option (?P<what>\S+) requires .*": "{what} wants a value",
    r"Option (?P<what>\S+) does not take a value\.": "{what} takes no value",
    r"Invalid value for (?P<what>.+?): Input should be a valid integer.*": "{what} wants a whole number",
    r"Invalid value for (?P<what>.+?): .+ is not one of (?P<known>.+)\.": "{what} wants one of {known}",
    r"Invalid value for (?P<what>.+?): \w+ (?P<file>.+) does not exist\.": "{what}: there is no {file}",
    r"Invalid value for (?P<what>.+?): (?P<why>.*)": "{what} does not fit: {why}",
}
"""How Typer words a mistake, and a msgid for it. What none of them fits is shown as Typer says it."""


def speak(app: typer.Typer) -> Any:
    """The command of the app, which speaks the interface language throughout. Typer keeps its words as constants."""
    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.ERRORS_PANEL_TITLE = _("Mistake")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    rich_utils.ABORTED_TEXT = _("Aborted.")
    rich_utils.RICH_HELP = _("[blue]{command_path} {help_option}[/] explains it.")
    command = typer.main.get_command(app)
    context = command.context_class
    plain = context.formatter_class
    usage = {"write_usage": partialmethod(plain.write_usage, prefix=_("Usage: "))}
    context.formatter_class = type(plain.__name__, (plain,), usage)

    def show_worded(self: Any) -> None:
        said = worded(self.format_message())
        self.format_message = lambda: said
        _SHOW(self)

    rich_utils.rich_format_error = show_worded
    word_help(command)
    return command


def word_help(command: Any) -> None:
    """`--help` of a command and of all below it explains itself in the interface language."""
    for option in _help_options(command, typer.Context(command, **CONTEXT | command.context_settings)):
        option.help = _("Show this message and exit.")


def worded(mistake: str) -> str:
    """A mistake in a call in the interface language."""
    for pattern, msgid in MISTAKES.items():
        if found := re.fullmatch(pattern, mistake, re.S):
            return _(msgid).format(**found.groupdict())
    return mistake


def _help_options(command: Any, context: typer.Context) -> Iterator[Any]:
    yield command.get_help_option(context)
    for each in getattr(command, "commands", {}).values():
        yield from _help_options(each, typer.Context(each, parent=context))
