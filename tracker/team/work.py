"""Who works on what: assignments with instruction, due time and feedback; ownership and disputes; handing over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from crawler.clock import SHANGHAI, now
from tracker.decisions import Mistake, live, mark, project, whose
from tracker.events import Change, write
from tracker.i18n import _
from tracker.projects import DECISION, PROJECT
from tracker.tables import Assignment, Bid, ChecklistItem, Credential, MatrixRow, Team, TeamMember, table
from tracker.team import kept
from tracker.team.notes import NOTE
from tracker.team.ownership import Contact, ContactKind, Finding, load_ownership, owner_by_rules
from tracker.team.people import PERSON, Card, person
from tracker.team.tasks import OWN_MILESTONE, TASK, add_task, close_tasks_from
from tracker.watches import hand_over_watches
from tracker.workdays import load_calendar

ASSIGNMENT, TEAM, TEAM_MEMBER, BID = table(Assignment), table(Team), table(TeamMember), table(Bid)
CHECKLIST_ITEM, MATRIX_ROW, CREDENTIAL = table(ChecklistItem), table(MatrixRow), table(Credential)


# --- teams ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeamCard:
    id: int
    name: str
    lead: str
    members: tuple[str, ...]
    version: int


def set_team(
    connection: Connection, who: str, name: str, lead: str | None = None, members: tuple[str, ...] | None = None
) -> TeamCard:
    """Make a team, or change its lead and members. Raises Mistake, PersonError."""
    by = person(connection, who)
    if not name.strip():
        raise Mistake(_("the name is empty; write e.g. 王小明"))
    leader = person(connection, lead).id if lead else None
    ids = [person(connection, each).id for each in dict.fromkeys(members or ())]
    row = connection.execute(select(TEAM).where(TEAM.c.name == name.strip())).one_or_none()
    if row is None:
        row = kept.add(connection, TEAM, by, name=name.strip(), lead_id=leader)
    elif lead is not None:
        row = kept.edit(connection, TEAM, by, row, lead_id=leader)
    if members is not None:
        connection.execute(delete(TEAM_MEMBER).where(TEAM_MEMBER.c.team_id == row.id))
        for each in ids:
            connection.execute(insert(TEAM_MEMBER).values(team_id=row.id, person_id=each))
    return next(each for each in teams(connection) if each.id == row.id)


def teams(connection: Connection) -> list[TeamCard]:
    """All teams by name."""
    names = _names(connection)
    members: dict[int, list[str]] = {}
    for row in connection.execute(select(TEAM_MEMBER)):
        members.setdefault(row.team_id, []).append(names[row.person_id])
    query = select(TEAM).order_by(TEAM.c.name)
    return [
        TeamCard(row.id, row.name, names.get(row.lead_id, ""), tuple(sorted(members.get(row.id, ()))), row.version)
        for row in connection.execute(query)
    ]


def _team(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(TEAM).where(TEAM.c.name == name.strip())).one_or_none()
    if row is None:
        known = ", ".join(each.name for each in teams(connection)) or _("nobody yet")
        raise Mistake(_("there is no team {name!r}; there is: {known}").format(name=name, known=known))
    return row


def _names(connection: Connection) -> dict[int | None, str]:
    return {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}


# --- assignments ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assigned:
    """Who answers for a project, as shown."""

    id: int
    project_id: int
    owner: str
    deputy: str
    team: str
    instruction: str
    due_at: datetime | None
    feedback: str | None
    by: str
    at: datetime
    version: int


def assign(
    connection: Connection,
    who: str,
    identity: int,
    owner: str,
    *,
    deputy: str | None = None,
    team: str | None = None,
    instruction: str = "",
    due: datetime | None = None,
    version: int | None = None,
) -> Assigned:
    """Give a project to an owner; the team follows it from now on. It settles open disputes about it.

    `version` is that of the assignment looked at, 0 where there was none; it goes on from owner to owner.

    Raises Mistake, EditedMeanwhile, PersonError.
    """
    by, target = person(connection, who), project(connection, identity)
    wanted = person(connection, owner)
    second = person(connection, deputy) if deputy else None
    if second is not None and second.id == wanted.id:
        raise Mistake(_("owner and deputy are both {name}; take two people").format(name=wanted.name))
    present = _live(connection, target.id)
    if present is not None and version is not None and present.version != version:
        raise kept.EditedMeanwhile(present, ASSIGNMENT.name)
    ended = [
        kept.edit(connection, ASSIGNMENT, by, row, ended_at=now())
        for row in connection.execute(_alive().where(ASSIGNMENT.c.project_id == target.id)).all()
    ]
    kept.add(
        connection,
        ASSIGNMENT,
        by,
        project_id=target.id,
        owner_id=wanted.id,
        deputy_id=second.id if second else None,
        team_id=_team(connection, team).id if team else None,
        instruction=instruction,
        due_at=due,
        version=1 + max((row.version for row in ended), default=0),
    )
    mark(connection, who, target.id, "track", instruction or None, owner=wanted.id)
    close_tasks_from(connection, who, f"dispute:{target.id}", _("settled: {name} owns it").format(name=wanted.name))
    found = assignment(connection, target.id)
    assert found is not None
    return found


def _alive() -> Any:
    return select(ASSIGNMENT).where(ASSIGNMENT.c.ended_at.is_(None)).order_by(ASSIGNMENT.c.id)


def _live(connection: Connection, project_id: int) -> Row[Any] | None:
    """The newest assignment; two stand side by side after a join."""
    rows = connection.execute(_alive().where(ASSIGNMENT.c.project_id == project_id)).all()
    return max(rows, key=lambda row: (row.at, row.id), default=None)


def assignment(connection: Connection, identity: int) -> Assigned | None:
    """The assignment of a project that counts now."""
    row = _live(connection, project(connection, identity).id)
    if row is None:
        return None
    names = _names(connection)
    team = connection.scalar(select(TEAM.c.name).where(TEAM.c.id == row.team_id)) or ""
    return Assigned(
        id=row.id,
        project_id=row.project_id,
        owner=names[row.owner_id],
        deputy=names.get(row.deputy_id, ""),
        team=team,
        instruction=row.instruction,
        due_at=row.due_at,
        feedback=row.feedback,
        by=names[row.person_id],
        at=row.at,
        version=row.version,
    )


def owner_name(connection: Connection, identity: int) -> str | None:
    """The owner's name, None where nobody has the project."""
    found = assignment(connection, identity)
    return found.owner if found else None


def give_feedback(connection: Connection, who: str, identity: int, text: str, version: int | None = None) -> None:
    """The answer an assignment asks for. Raises Mistake, EditedMeanwhile."""
    by, target = person(connection, who), project(connection, identity)
    row = _live(connection, target.id)
    if row is None:
        raise Mistake(_("project {id} is assigned to nobody").format(id=target.id))
    before = kept.get(connection, ASSIGNMENT, row.id, version)
    kept.edit(connection, ASSIGNMENT, by, before, feedback=text, feedback_at=now())


# --- ownership ------------------------------------------------------------------------------------------------------


def ownership(connection: Connection, identity: int) -> Finding:
    """Whom the rules of config/ownership.yaml name, and why. Raises Mistake, ConfigurationError."""
    target = project(connection, identity)
    return owner_by_rules(list(_contacts(connection, target)), target.region, load_ownership())


def _contacts(connection: Connection, target: Row[Any]) -> Iterator[Contact]:
    """What people did for this project and for others of its buyer.

    Only of their own accord: what was assigned or handed to them, or asked by the program, is no contact.
    """
    active = select(PERSON.c.id, PERSON.c.name).where(PERSON.c.active, PERSON.c.forgotten_at.is_(None))
    names = {row.id: row.name for row in connection.execute(active)}
    same = PROJECT.c.id == target.id
    if target.buyer_id is not None:
        same = or_(same, PROJECT.c.buyer_id == target.buyer_id)
    wanted = set(connection.scalars(select(PROJECT.c.id).where(same, PROJECT.c.alias_of.is_(None))))
    sources: tuple[tuple[ContactKind, Any, tuple[Any, ...]], ...] = (
        ("track", DECISION, (DECISION.c.kind == "track",)),
        ("note", NOTE, ()),
        ("task", TASK, (TASK.c.origin == "",)),
        ("milestone", OWN_MILESTONE, ()),
        ("bid", BID, ()),
    )
    for kind, of, where in sources:
        query = select(of).where(of.c.project_id.in_(wanted), *where).order_by(of.c.at, of.c.id)
        for row in connection.execute(query):
            if row.person_id in names and "owner_id" not in row._mapping.get("data", {}):
                yield Contact(names[row.person_id], kind, row.at, row.project_id == target.id)


@dataclass(frozen=True)
class Claim:
    """What became of somebody's claim to a project."""

    finding: Finding
    owner: str | None
    task: int | None = None
    """The lead's task where it is disputed."""
    lead: str = ""


def claim(connection: Connection, who: str, identity: int, reason: str = "") -> Claim:
    """Say that a project is mine. It is, where nobody has it and the rules name nobody else; else the lead settles it.

    Raises Mistake where there is no lead to ask.
    """
    by, target = person(connection, who), project(connection, identity)
    finding = ownership(connection, target.id)
    present = assignment(connection, target.id)
    rival = present.owner if present else finding.owner
    if rival == by.name or (rival is None and finding.owner is None):
        if present is None:
            assign(connection, who, target.id, by.name, instruction=reason)
        return Claim(finding, by.name)
    lead = _lead(connection, by, present)
    days = load_ownership().settle_within
    last = load_calendar().add_working_days(now().astimezone(SHANGHAI).date(), days)
    said = _("who owns project {id}, {a} or {b}? {reason}").format(id=target.id, a=rival, b=by.name, reason=reason)
    due = datetime.combine(last, time(18), SHANGHAI)
    origin = f"dispute:{target.id}"
    task = add_task(connection, who, said.strip(), owner=lead, due=due, identity=target.id, origin=origin)
    change = Change("ownership-disputed", rival, by.name, {"lead": lead, "task": task, "reason": reason})
    write(
        connection,
        [change],
        cause="person",
        seen_at=now(),
        once=f"task{task}",
        project_id=target.id,
        person_id=by.id,
    )
    return Claim(finding, rival, task, lead)


def _lead(connection: Connection, by: Card, present: Assigned | None) -> str:
    """Of the project's team, else of the claimant's, else the one named in the file. Raises Mistake."""
    known = teams(connection)
    ours = [each for each in known if present and each.name == present.team]
    theirs = [each for each in known if by.name in each.members]
    lead = next((each.lead for each in (*ours, *theirs) if each.lead), load_ownership().lead)
    if not lead:
        raise Mistake(_("no lead settles this; name one: `chebiao team set NAME --lead PERSON`, or in ownership.yaml"))
    return person(connection, lead).name


# --- handing over ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HandedOver:
    """How much went from one person to another."""

    projects: int = 0
    tasks: int = 0
    milestones: int = 0
    notes: int = 0
    teams: int = 0
    lines: int = 0
    """Of checklists and of compliance matrices."""
    credentials: int = 0
    watches: int = 0


def hand_over(connection: Connection, who: str, giver: str, taker: str) -> HandedOver:
    """All projects, open tasks and milestones, notes, lines to prepare and watches of one person go to another.

    What was written keeps its author; a deputy who becomes the owner leaves the deputy's place free.
    Raises Mistake, PersonError.
    """
    by, old, new = person(connection, who), person(connection, giver), person(connection, taker)
    if old.id == new.id:
        raise Mistake(_("both are {name}; name two people").format(name=old.name))
    mine = or_(ASSIGNMENT.c.owner_id == old.id, ASSIGNMENT.c.deputy_id == old.id)
    taken: set[int] = set()
    for row in connection.execute(_alive().where(mine)).all():
        owner, deputy = (new.id if each == old.id else each for each in (row.owner_id, row.deputy_id))
        kept.edit(connection, ASSIGNMENT, by, row, owner_id=owner, deputy_id=None if deputy == owner else deputy)
        taken.add(row.project_id)
    taken |= _hand_over_decisions(connection, by, old, new)
    done = {"projects": len(taken), "watches": hand_over_watches(connection, old, new)}
    moves = (
        ("tasks", TASK, "owner_id", (TASK.c.owner_id == old.id, TASK.c.state == "open")),
        ("milestones", OWN_MILESTONE, "owner_id", (OWN_MILESTONE.c.owner_id == old.id, _not_done())),
        ("notes", NOTE, "keeper_id", (_kept_by(old.id),)),
        ("teams", TEAM, "lead_id", (TEAM.c.lead_id == old.id,)),
        ("lines", CHECKLIST_ITEM, "owner_id", (CHECKLIST_ITEM.c.owner_id == old.id,)),
        ("lines", MATRIX_ROW, "owner_id", (MATRIX_ROW.c.owner_id == old.id,)),
        ("credentials", CREDENTIAL, "owner_id", (CREDENTIAL.c.owner_id == old.id, CREDENTIAL.c.retired_at.is_(None))),
    )
    for name, of, column, where in moves:
        rows = connection.execute(select(of).where(*where).order_by(of.c.id)).all()
        for row in rows:
            kept.edit(connection, of, by, row, **{column: new.id})
        done[name] = done.get(name, 0) + len(rows)
    return HandedOver(**done)


def _not_done() -> Any:
    return OWN_MILESTONE.c.done_at.is_(None)


def _kept_by(identity: int) -> Any:
    """Notes a person keeps: their own that nobody took over, and those they took over."""
    return or_(NOTE.c.keeper_id == identity, (NOTE.c.person_id == identity) & NOTE.c.keeper_id.is_(None))


def _hand_over_decisions(connection: Connection, by: Card, old: Card, new: Card) -> set[int]:
    """Projects that a person tracks or keeps at hand are tracked or kept by the other one from now on."""
    query = select(DECISION).where(live("track", "favourite"), DECISION.c.project_id.is_not(None))
    moved: set[int] = set()
    for row in connection.execute(query.order_by(DECISION.c.id)).all():
        if whose(row) != old.id:
            continue
        connection.execute(update(DECISION).where(DECISION.c.id == row.id).values(undone_at=now(), undone_by=by.id))
        mark(connection, by.name, row.project_id, row.kind, row.reason, owner=new.id)
        moved.add(row.project_id)
    return moved
