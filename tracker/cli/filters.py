"""The options that say which purchases are meant, alike for watches and for search."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer

from tracker.i18n import _

Words = list[str] | None

OPTIONS: dict[str, Any] = {
    "regions": Annotated[Words, typer.Option("--region", help=_("浙江省宁波市, 宁波, 沪; again for another."))],
    "vehicles": Annotated[Words, typer.Option("--vehicle", help=_("A kind, such as 消防车; covers the kinds below."))],
    "buyer_kinds": Annotated[Words, typer.Option("--buyer-kind", help=_("Such as police or 医疗机构."))],
    "buyers": Annotated[Words, typer.Option("--buyer", help=_("A buyer's name or a part of it."))],
    "methods": Annotated[Words, typer.Option("--method", help=_("Such as open, inquiry."))],
    "stages": Annotated[Words, typer.Option("--stage", help=_("Kind of notice, such as tender, intention, award."))],
    "portals": Annotated[Words, typer.Option("--portal", help=_("Only notices of this portal."))],
    "classes": Annotated[Words, typer.Option("--class", help=_("purchase, lease, repair, insurance …"))],
    "any": Annotated[Words, typer.Option("--word", help=_("One of these words must stand there."))],
    "all": Annotated[Words, typer.Option("--with", help=_("This word must stand there."))],
    "none": Annotated[Words, typer.Option("--without", help=_("This word must not stand there."))],
    "fields": Annotated[Words, typer.Option("--in", help=_("Where: title, items, buyer, winner."))],
    "min": Annotated[str | None, typer.Option("--min", help=_("Least amount: 500000 or 50万."))],
    "max": Annotated[str | None, typer.Option("--max", help=_("Greatest amount."))],
    "unknown": Annotated[
        bool | None, typer.Option("--unknown-amount/--no-unknown-amount", help=_("Take those that print no amount."))
    ],
    "min_days_left": Annotated[int | None, typer.Option("--days-left", help=_("Least days until the next act."))],
    "unknown_region": Annotated[
        bool | None, typer.Option("--unknown-region/--no-unknown-region", help=_("Take those whose region is unknown."))
    ],
    "untyped": Annotated[
        bool | None, typer.Option("--untyped/--no-untyped", help=_("Take those that name no kind of vehicle."))
    ],
    "review": Annotated[
        bool | None, typer.Option("--review/--no-review", help=_("Take those that may buy vehicles or not."))
    ],
}


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets what was given of them as one dictionary `filters`."""

    @wraps(command)
    def run(**given: Any) -> None:
        filters = {name: value for name in OPTIONS if (value := given.pop(name)) not in (None, [])}
        command(**given, filters=filters)

    own = [each for each in signature(command).parameters.values() if each.name != "filters"]
    options = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in OPTIONS.items()]
    parameters = [*(each.replace(kind=Parameter.KEYWORD_ONLY) for each in own), *options]
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run
