"""What every command needs: the settings, the database, the portals, and the shared options."""

from functools import cache
from typing import Annotated

import typer
from sqlalchemy import Engine

from crawler.config import ConfigurationError
from crawler.portals import Portal, load_portals
from tracker import db, settings
from tracker.cli.output import say
from tracker.decisions import Mistake
from tracker.i18n import _

Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line on stdout."))]
As = Annotated[str, typer.Option("--as", metavar="NAME", help=_("The person who does this."))]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help=_("At most so many rows."))]
Reason = Annotated[str | None, typer.Option("--reason", help=_("Why; kept with the decision."))]


@cache
def config() -> settings.Settings:
    """The settings in force."""
    return settings.load()


@cache
def engine() -> Engine:
    """The database, up to date."""
    return db.open_database(settings.database_url(config()))


def portals() -> list[Portal]:
    """The portals that are switched on; a broken definition is named and the others go on."""
    found = load_portals()
    for error in found.errors:
        say(f"{_('portal definition left out')}: {error}")
    unknown = sorted(set(config().portals) - set(found))
    if unknown:
        raise ConfigurationError(
            _("settings name the portal {id}, which has no file; known: {known}").format(
                id=unknown[0], known=", ".join(sorted(found))
            )
        )
    return [portal for portal in found.values() if not config().portals or portal.id in config().portals]


def portal(name: str) -> Portal:
    """One portal by id. Raises Mistake naming what there is."""
    found = load_portals()
    if name not in found:
        for error in found.errors:
            say(str(error))
        known = ", ".join(sorted(found))
        raise Mistake(_("there is no portal {name!r}; known: {known}").format(name=name, known=known))
    return found[name]
