"""`chebiao doctor`: look at everything once and say what to fix."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import TemplateSyntaxError
from sqlalchemy import Engine, func, select
from yaml import YAMLError

from crawler.clock import SHANGHAI, now
from crawler.config import ConfigurationError, config_file, home, shipped
from crawler.page import GOOD
from crawler.portals import Portal, common_signs, load_portals
from crawler.reading import blocks, kinds, labels, structured
from tracker import db, settings
from tracker.bidding.opening import load_steps
from tracker.checklist.rows import load_rows
from tracker.delivery.destinations import groups
from tracker.delivery.hours import next_digest
from tracker.delivery.mail import doctor_mail
from tracker.delivery.render import environment
from tracker.delivery.robots import robots
from tracker.delivery.unsubscribe import who_stopped
from tracker.documents.rows import load_flags, load_patterns, load_tax
from tracker.gates import load_company, load_signs
from tracker.i18n import _
from tracker.procedures.regimes import load_signals
from tracker.procedures.stages import load_endings, load_procedures
from tracker.regions import gazetteer
from tracker.relevance import vocabulary
from tracker.reminders.plan import load_reminders
from tracker.rhythm import load_settings as load_rhythm
from tracker.service.poll import poll
from tracker.service.steps import stands
from tracker.tables import Delivery, table
from tracker.team.ownership import load_ownership
from tracker.team.people import people
from tracker.views import portal_rows
from tracker.watches import presets, read_toml
from tracker.workdays import load_calendar

DELIVERY = table(Delivery)
FOLDERS = ("portals", "reading", "procedures", "checklists", "calendar", "documents", "watches")
LOADERS: dict[str, Callable[[], object]] = {
    "vehicles.yaml": vocabulary,
    "regions.yaml": gazetteer,
    "gates.yaml": load_signs,
    "company.yaml": load_company,
    "ownership.yaml": load_ownership,
    "rhythm.yaml": load_rhythm,
    "pages.yaml": common_signs,
    "reminders.yaml": load_reminders,
    "opening-day.yaml": load_steps,
    "documents": load_patterns,
    "documents/flags.yaml": load_flags,
    "documents/tax.yaml": load_tax,
    "reading/labels.yaml": lambda: labels.load(str(config_file("reading/labels.yaml"))),
    "reading/kinds.yaml": lambda: kinds.rules(str(config_file("reading/kinds.yaml"))),
    "reading/layouts.yaml": lambda: blocks.layouts(str(config_file("reading/layouts.yaml"))),
    "reading/data.yaml": lambda: structured.keys(str(config_file("reading/data.yaml"))),
    "procedures": load_procedures,
    "procedures/endings.yaml": load_endings,
    "procedures/regimes.yaml": load_signals,
    "checklists": load_rows,
    "watches": lambda: [read_toml(path) for path in presets().values()],
}
"""What reads each file, or folder of files, that a person may edit."""


@dataclass(frozen=True)
class Finding:
    level: Literal["ok", "note", "fault"]
    what: str
    fix: str = ""


def examine(*, test_mail: str | None = None, look_at_portals: bool = True) -> Iterator[Finding]:
    """Every check in turn; a fault in one does not stop the others."""
    yield from _settings()
    try:
        config = settings.load()
        engine = db.open_database(settings.database_url(config))
    except ConfigurationError as fault:
        yield Finding("fault", str(fault), _("mend this first; the other checks need it"))
        return
    yield Finding("ok", _("database {url} at revision {rev}").format(url=engine.url, rev=db.revision(engine)))
    yield from _time_zones()
    yield from _files()
    yield from _read_files()
    yield from _calendar()
    yield from _templates()
    yield from _people(engine)
    for found in doctor_mail(config, now(), test_mail):
        yield Finding("ok" if found.good else "fault", found.what, found.fix)
    yield from _chats(engine, config)
    yield from _dead_letters(engine)
    yield from _steps(engine)
    portals = load_portals()
    for error in portals.errors:
        yield Finding("fault", str(error), _("mend the file; the other portals go on without it"))
    chosen = [each for each in portals.values() if not config.portals or each.id in config.portals]
    yield from _portals(engine, chosen, look_at_portals)


def _settings() -> Iterator[Finding]:
    yield Finding("ok", _("Python {version}, home {home}").format(version=sys.version.split()[0], home=home()))
    if not home().exists():
        yield Finding(
            "note", _("the home folder does not exist yet"), _("it is made with the first command that stores")
        )
    elif not os.access(home(), os.W_OK):
        yield Finding("fault", _("the home folder cannot be written"), _("set CHEBIAO_HOME to one that can"))
    try:
        settings.load()
    except ConfigurationError:
        return
    for key, origin in settings.origins().items():
        if origin != "shipped":
            yield Finding("ok", _("setting {key} from {origin}").format(key=key, origin=origin))


def _time_zones() -> Iterator[Finding]:
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        yield Finding("fault", _("no time zone data"), "pip install tzdata")
    else:
        here = now().astimezone(SHANGHAI)
        yield Finding("ok", _("it is {time:%Y-%m-%d %H:%M} in Beijing").format(time=here))


def _files() -> Iterator[Finding]:
    """The user's own files, and whether the shipped one of the same name has changed since."""
    single = [path.name for path in shipped().glob("*.yaml")]
    folders = [f"{folder}/{path.name}" for folder in FOLDERS for path in sorted((home() / folder).glob("*.*ml"))]
    for name in (*sorted(single), *folders):
        own, original = home() / name, shipped() / name
        if not own.is_file():
            continue
        newer = original.is_file() and original.stat().st_mtime > own.stat().st_mtime
        what = _("your own {name} replaces the shipped one") if original.is_file() else _("your own {name} is used")
        fix = _("the shipped one has changed since; compare them") if newer else ""
        yield Finding("note" if newer else "ok", what.format(name=name), fix)


def _read_files() -> Iterator[Finding]:
    """Every file that a person may edit, read as the commands read it."""
    faults = 0
    for name, read in LOADERS.items():
        try:
            read()
        except (ConfigurationError, ValueError, AttributeError, TypeError, YAMLError) as fault:
            faults += 1
            yield Finding("fault", f"{name}: {fault}", _("mend the file, or remove your copy"))
    if not faults:
        yield Finding("ok", _("{count} kinds of configuration can be read").format(count=len(LOADERS)))
    if not (home() / "company.yaml").is_file():
        what = _("nothing is known of our company: gates are judged without it")
        yield Finding("note", what, _("copy the shipped company.yaml into the home folder and fill it in"))


def _calendar() -> Iterator[Finding]:
    try:
        calendar = load_calendar()
    except ConfigurationError as fault:
        yield Finding("fault", str(fault), _("mend the file"))
        return
    today = now().astimezone(SHANGHAI).date()
    for year in (today.year, today.year + 1):
        first = today.replace(year=year, month=1, day=1)
        if calendar.knows(first):
            yield Finding("ok", _("working days of {year} are known").format(year=year))
        else:
            late = year == today.year
            what = _("no working-day table for {year}: dates there are provisional").format(year=year)
            fix = _("when the State Council has published it: chebiao calendar import FILE")
            yield Finding("fault" if late else "note", what, fix)


def _templates() -> Iterator[Finding]:
    known = environment()
    names = known.list_templates(extensions=["html", "txt"])
    for name in names:
        try:
            known.get_template(name)
        except TemplateSyntaxError as fault:
            yield Finding("fault", f"{name}, line {fault.lineno}: {fault.message}", _("mend the template"))
            return
    yield Finding("ok", _("{count} templates").format(count=len(names)))


def _people(engine: Engine) -> Iterator[Finding]:
    with db.reading(engine) as connection:
        known = people(connection, active=True)
    if not known:
        yield Finding("note", _("nobody gets a digest yet"), "chebiao person add NAME EMAIL")
    calendar = load_calendar()
    for card in known:
        at = next_digest(card, now(), calendar).astimezone(SHANGHAI)
        said = _("{name} gets the next digest at {at:%Y-%m-%d %H:%M} Beijing time").format(name=card.name, at=at)
        if card.email:
            yield Finding("ok", said)
        else:
            fix = f"chebiao person edit {card.name} --email ADDRESS"
            yield Finding("fault", _("{name} has no address").format(name=card.name), fix)


def _chats(engine: Engine, config: settings.Settings) -> Iterator[Finding]:
    """Whether each chat group has its robot; nothing is sent (`chebiao chat test` does)."""
    with db.reading(engine) as connection:
        known, gone = groups(connection, active=True), who_stopped(connection)
        stopped = [card.name for card in people(connection, active=True) if card.id in gone]
    try:
        names = robots(config)
    except ConfigurationError as fault:
        yield Finding("fault", str(fault), _("mend the file"))
        return
    for each in known:
        robot = names.get(each.robot)
        if robot is None or robot.medium != each.medium:
            fix = f"chebiao chat edit {each.name} --robot NAME"
            yield Finding("fault", _("group {name} has no robot {robot}").format(name=each.name, robot=each.robot), fix)
        else:
            yield Finding("ok", _("group {name} is told at {medium}").format(name=each.name, medium=each.medium))
    for name in stopped:
        yield Finding("note", _("{name} has stopped the mails by the link in one of them").format(name=name))


def _steps(engine: Engine) -> Iterator[Finding]:
    """Steps of `chebiao serve` that hang or failed."""
    with db.reading(engine) as connection:
        found = stands(connection, now())
    for each in found:
        if each.hangs:
            fix = _("its process ends by itself and is started again; the log says where it hung")
            yield Finding("fault", _("the step {name} hangs").format(name=each.name), fix)
        elif each.error:
            yield Finding("note", _("the step {name} failed last: {why}").format(name=each.name, why=each.error))


def _dead_letters(engine: Engine) -> Iterator[Finding]:
    with db.reading(engine) as connection:
        lost = DELIVERY.c.state == "dead", DELIVERY.c.carried_by.is_(None)
        dead = connection.scalar(select(func.count()).where(*lost)) or 0
        late = connection.scalar(
            select(func.count()).where(
                DELIVERY.c.state == "due", DELIVERY.c.not_before < now(), DELIVERY.c.attempts > 0
            )
        )
    if dead:
        fix = "chebiao deliveries --state dead"
        yield Finding("fault", _("{count} mails could not be delivered").format(count=dead), fix)
    if late:
        yield Finding("note", _("{count} mails wait to be tried again").format(count=late))


def _portals(engine: Engine, portals: Sequence[Portal], look: bool) -> Iterator[Finding]:
    """One small poll of the first channel of each, and how old their news is."""
    answering = []
    for portal in portals:
        if look:
            report = poll(engine, portal, channels=[portal.channels[0].id], budget=0, timeout_s=120)
            if report is not None and report.state not in GOOD:
                fix = _("docs/operations.md says what each state means and what to do")
                yield Finding("fault", f"{portal.id}: {report.state}: {report.reason}", fix)
                continue
            yield Finding("ok", _("{portal} answers").format(portal=portal.id))
        answering.append(portal)
    with db.reading(engine) as connection:
        rows = list(portal_rows(connection, answering, now()))
    for row in rows:
        if row.unread:
            said = _("{count} listed notices of {portal} are not read yet; titles that may mean vehicles come first")
            yield Finding("note", said.format(count=row.unread, portal=row.id))
        if row.last_ok is None:
            yield Finding(
                "note", _("{portal} has not been read whole yet").format(portal=row.id), f"chebiao poll {row.id}"
            )
