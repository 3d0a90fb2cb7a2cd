"""Who answers for a project: owner, deputy, and the lead to whom it goes when nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from crawler.config import ConfigurationError
from tracker.digest import Known
from tracker.tables import Assignment, Person, Team, TeamMember, table
from tracker.team.ownership import load_ownership
from tracker.team.people import people

ASSIGNMENT, PERSON = table(Assignment), table(Person)
TEAM, TEAM_MEMBER = table(Team), table(TeamMember)


@dataclass(frozen=True)
class Roles:
    """Names; empty where there is nobody."""

    owner: str = ""
    deputy: str = ""
    lead: str = ""


NOBODY = Roles()


def roles_of(connection: Connection, known: Mapping[int, Known], home: Mapping[int, int]) -> dict[int, Roles]:
    """By project: its newest assignment counts, else who tracked it last.

    The lead is that of the assignment's team, else of a team the owner is in, else the one of config/ownership.yaml.
    """
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    present = {
        home.get(row.project_id, row.project_id): row
        for row in connection.execute(
            select(ASSIGNMENT).where(ASSIGNMENT.c.ended_at.is_(None)).order_by(ASSIGNMENT.c.at, ASSIGNMENT.c.id)
        )
    }
    leads = {row.id: names.get(row.lead_id, "") for row in connection.execute(select(TEAM.c.id, TEAM.c.lead_id))}
    of_member: dict[str, str] = {}
    for row in connection.execute(select(TEAM_MEMBER).order_by(TEAM_MEMBER.c.team_id)):
        if leads.get(row.team_id):
            of_member.setdefault(names.get(row.person_id, ""), leads[row.team_id])
    usual = usual_lead(connection)
    found = {}
    for identity, project in known.items():
        given = present.get(identity)
        owner = names.get(given.owner_id, "") if given is not None else project.owner
        lead = leads.get(given.team_id, "") if given is not None and given.team_id is not None else ""
        deputy = names.get(given.deputy_id, "") if given is not None and given.deputy_id is not None else ""
        found[identity] = Roles(owner, deputy, lead or of_member.get(owner, "") or usual)
    return found


def usual_lead(connection: Connection) -> str:
    """The lead that config/ownership.yaml names, if that person is there; a file that cannot be read names nobody."""
    try:
        name = load_ownership().lead or ""
    except ConfigurationError:  # `doctor` tells; an alert must still leave
        return ""
    return name if name in {each.name for each in people(connection, active=True)} else ""
