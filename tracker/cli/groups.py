"""A group of commands that shows one thing when it is given no command: `matrix 29` is `matrix show 29`."""

from typing import Any

from typer.core import TyperGroup


class ShowFirst(TyperGroup):
    """`show` is meant where the first word is none of the commands."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            args = ["show", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Options before the first word belong to `show`, too: `checklist -f html 29`."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)
