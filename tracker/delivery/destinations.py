"""Chat groups as recipients: a robot's name, and whose news it brings.

A group of a person is told what that person is told. A group of a team is told what any of its members is told, once,
and gets the digest of the team's lead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from crawler.text import one_line
from tracker.decisions import Mistake
from tracker.delivery.chat import Block, Said, messages
from tracker.delivery.mail import Answer
from tracker.delivery.robots import Medium, post, robot_of
from tracker.events import Change, write
from tracker.i18n import _
from tracker.settings import Settings
from tracker.tables import Destination, Team, TeamMember, table
from tracker.team import kept
from tracker.team.people import PERSON, person

DESTINATION, TEAM, TEAM_MEMBER = table(Destination), table(Team), table(TeamMember)


@dataclass(frozen=True)
class Group:
    """A chat group as shown and edited."""

    id: int
    name: str
    medium: Medium
    robot: str
    person: str
    team: str
    """One of the two is empty."""
    digest: bool
    active: bool
    version: int


def groups(connection: Connection, *, active: bool = False) -> list[Group]:
    """All chat groups by name, or the active ones."""
    query = (
        select(DESTINATION, PERSON.c.name.label("whose"), TEAM.c.name.label("team"))
        .outerjoin(PERSON, PERSON.c.id == DESTINATION.c.person_id)
        .outerjoin(TEAM, TEAM.c.id == DESTINATION.c.team_id)
        .order_by(DESTINATION.c.name)
    )
    rows = connection.execute(query.where(DESTINATION.c.active) if active else query)
    return [
        Group(
            row.id,
            row.name,
            row.medium,
            row.robot,
            row.whose or "",
            row.team or "",
            row.digest,
            row.active,
            row.version,
        )
        for row in rows
    ]


def group(connection: Connection, name: str) -> Group:
    """By name. Raises Mistake naming which there are."""
    known = {each.name: each for each in groups(connection)}
    found = known.get(one_line(name, 60))
    if found is None:
        names = ", ".join(known) or _("none")
        raise Mistake(_("there is no group {name!r}; there is: {known}").format(name=one_line(name, 60), known=names))
    return found


def add_group(
    connection: Connection,
    who: str,
    name: str,
    robot: str,
    now: datetime,
    settings: Settings,
    *,
    of: str | None = None,
    team: str | None = None,
    digest: bool = True,
) -> Group:
    """A new group, of the person `of` or of `team`. Raises Mistake, PersonError, ConfigurationError."""
    by, shown = person(connection, who), one_line(name, 60)
    if not shown:
        raise Mistake(_("the name is empty; write e.g. 销售群"))
    if (of is None) == (team is None):
        raise Mistake(_("say whose news the group gets: --for PERSON or --team TEAM, one of the two"))
    if connection.execute(select(DESTINATION.c.id).where(DESTINATION.c.name == shown)).first():
        raise Mistake(_("there is a group {name} already; take another name, or edit that one").format(name=shown))
    values = {
        "name": shown,
        "medium": robot_of(settings, robot).medium,
        "robot": robot,
        "person_id": person(connection, of).id if of else None,
        "team_id": _team(connection, team, digest=digest) if team else None,
        "digest": digest,
        "active": True,
        "added_at": now,
        "version": 1,
    }
    identity = connection.execute(insert(DESTINATION).values(values).returning(DESTINATION.c.id)).scalar_one()
    added = Change("destination-added", None, shown, {"id": identity, "medium": values["medium"], "robot": robot})
    write(connection, [added], cause="person", seen_at=now, once=f"destination{identity}", person_id=by.id)
    return group(connection, shown)


def _team(connection: Connection, name: str, *, digest: bool) -> int:
    row = connection.execute(select(TEAM).where(TEAM.c.name == name.strip())).one_or_none()
    if row is None:
        known = ", ".join(connection.scalars(select(TEAM.c.name).order_by(TEAM.c.name))) or _("none")
        raise Mistake(_("there is no team {name!r}; there is: {known}").format(name=name, known=known))
    if digest and row.lead_id is None:
        raise Mistake(
            _("team {name} has no lead, whose digest the group would get; name one, or add --no-digest").format(
                name=name
            )
        )
    return int(row.id)


def edit_group(connection: Connection, who: str, before: Group, settings: Settings, **values: Any) -> Group:
    """Change robot, digest or active from the version that was looked at.

    Raises EditedMeanwhile, Mistake, ConfigurationError.
    """
    by, row = person(connection, who), kept.get(connection, DESTINATION, before.id, before.version)
    if "robot" in values and robot_of(settings, values["robot"]).medium != before.medium:
        # What waits is stored in the form of its platform.
        raise Mistake(
            _("{name} is a group at {medium}; add another group").format(name=before.name, medium=before.medium)
        )
    if values.get("digest") and before.team:
        _team(connection, before.team, digest=True)
    kept.edit(connection, DESTINATION, by, row, **values)
    return group(connection, before.name)


def try_group(settings: Settings, of: Group, at: datetime) -> Answer:
    """Send a test message now. Raises ConfigurationError for the file of robots."""
    lines = (_("This is the test message of Chebiao."), _("If you can read it, digests and alerts will arrive."))
    (content,) = messages(of.medium, Said(_("Chebiao: test message"), (Block(lines),)))
    return post(robot_of(settings, of.robot), content, at, before=lambda: True)


# --- who is told what -----------------------------------------------------------------------------------------------


def told_with(connection: Connection, people: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """The active groups that are told what each of these people is told at once, by person."""
    ids = set(people)
    members = select(TEAM_MEMBER.c.team_id, TEAM_MEMBER.c.person_id).union(
        select(TEAM.c.id, TEAM.c.lead_id).where(TEAM.c.lead_id.is_not(None))
    )
    teams: dict[int, set[int]] = {}
    for team_id, person_id in connection.execute(members):
        teams.setdefault(team_id, set()).add(person_id)
    found: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(DESTINATION).where(DESTINATION.c.active).order_by(DESTINATION.c.id)):
        whose = {row.person_id} if row.person_id is not None else teams.get(row.team_id, set())
        for each in whose & ids:
            found.setdefault(each, []).append(row)
    return found


def with_digest(connection: Connection, person_id: int) -> list[Row[Any]]:
    """The active groups that get this person's digest: their own, and those of teams they lead."""
    leads = select(TEAM.c.id).where(TEAM.c.lead_id == person_id)
    mine = or_(DESTINATION.c.person_id == person_id, DESTINATION.c.team_id.in_(leads))
    query = select(DESTINATION).where(DESTINATION.c.active, DESTINATION.c.digest, mine)
    return list(connection.execute(query.order_by(DESTINATION.c.id)))
