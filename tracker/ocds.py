"""Open Contracting Data Standard 1.1: a release for each publication, a record for each proceeding.

A proceeding is a contracting process of its own: a qualification and the purchase behind it, or a tender and its
re-tender, are related processes. Releases say what one notice says; a record's compiled release says what is derived
of all of them. Dates printed without a time end at 23:59:59 Beijing time; where places disagree the earlier is given.
Contact persons are left out. The prefix of our ocids is not registered with the Open Contracting Partnership.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from crawler.clock import SHANGHAI
from crawler.notice import Kind, Money, Notice, Reading, When
from crawler.text import comparison_key
from tracker.projects import PROJECT, PUBLICATION, VERSION, unpack
from tracker.state import AwardState, MilestoneState, ProceedingState, ProjectState
from tracker.tables import Proceeding, table

PROCEEDING = table(Proceeding)
PREFIX = "ocds-chebiao"
VERSION_OF_STANDARD = "1.1"
EXTENSIONS = [
    f"https://raw.githubusercontent.com/open-contracting-extensions/ocds_{name}_extension/master/extension.json"
    for name in ("lots", "bidOpening")
]
TAGS: dict[Kind, str] = {
    "intention": "planning",
    "opinion": "planning",
    "correction": "tenderAmendment",
    "termination": "tenderCancellation",
    "award_candidate": "award",
    "award": "award",
    "contract": "contract",
    "acceptance": "implementation",
    "other": "tenderUpdate",
}
"""Of kinds that are no call for bids; those are `tender`."""
METHODS = {
    "open": "open",
    "framework": "open",
    "invited": "selective",
    "negotiation": "selective",
    "consultation": "selective",
    "inquiry": "selective",
    "single_source": "direct",
}
OUTCOMES = {
    "terminated": "unsuccessful",
    "awarded": "complete",
    "contracted": "complete",
    "passed": "complete",
    "failed": "complete",
}
PACKAGE_ROWS = 100
"""Releases or records of one page of the API."""


def ocid(project: int, proceeding: str) -> str:
    """The id of a contracting process. It holds as long as the project's id, which is never reused."""
    return f"{PREFIX}-{project}-{proceeding}"


@dataclass(frozen=True)
class Published:
    """One publication with its newest reading."""

    portal: str
    key: str
    number: int
    url: str
    at: datetime
    notice: Notice

    @property
    def id(self) -> str:
        return f"{self.portal}/{self.key}/{self.number}"


# --- one notice -----------------------------------------------------------------------------------------------------


def release(process: str, published: Published) -> dict[str, Any]:
    """What one notice says, as a release of its contracting process."""
    notice = published.notice
    tag = TAGS.get(notice.kind, "tender")
    told = {
        "ocid": process,
        "id": published.id,
        "date": _instant(published.at),
        "tag": [tag],
        "initiationType": "tender",
        "language": "zh",
        "parties": _parties(_text(notice, "buyer"), _text(notice, "agency"), [a.supplier for a in notice.awards]),
        "buyer": _reference(_text(notice, "buyer")),
        "planning": _planning(notice) if tag == "planning" else None,
        "tender": _tender(process, published, tag),
        "awards": _awards(notice) if tag in ("award", "contract") else None,
        "contracts": _contracts(notice) if tag == "contract" else None,
    }
    return _bare(told)


def _tender(process: str, published: Published, tag: str) -> dict[str, Any]:
    notice = published.notice
    return {
        "id": _text(notice, "project_number") or process,
        "title": _text(notice, "project_name") or notice.title,
        "status": {"planning": "planning", "tenderCancellation": "unsuccessful"}.get(tag, "active"),
        "procuringEntity": _reference(_text(notice, "agency")),
        "procurementMethod": METHODS.get(notice.method or ""),
        "procurementMethodDetails": notice.method,
        "value": _money(notice.money.get("budget") or notice.money.get("ceiling")),
        "tenderPeriod": {"startDate": _start(notice, published.at), "endDate": _end(notice.times.get("bid_deadline"))},
        "enquiryPeriod": {"endDate": _end(notice.times.get("question_deadline"))},
        "bidOpening": {
            "date": _end(notice.times.get("opening_at")),
            "address": {"streetAddress": _text(notice, "opening_place")},
        },
        "lots": [
            {"id": lot.no, "title": lot.name, "value": _amount(lot.budget or lot.ceiling), "status": "active"}
            for lot in notice.lots
        ],
        "items": [
            {
                "id": str(n),
                "description": item.name,
                "quantity": item.quantity,
                "unit": {"name": item.unit, "value": _amount(item.unit_price)},
                "classification": {"scheme": "CN-GPC", "id": item.code} if item.code else None,
                "relatedLot": item.lot,
            }
            for n, item in enumerate(notice.items, 1)
        ],
        "documents": [
            {"id": published.id, "documentType": "tenderNotice", "url": published.url, "title": notice.title},
            *(
                {"id": f"{published.id}#{n}", "documentType": "biddingDocuments", "title": each.name, "url": each.url}
                for n, each in enumerate(notice.attachments, 1)
            ),
        ],
        "amendments": [
            {
                "id": f"{published.id}#{n}",
                "date": _instant(published.at),
                "description": f"{change.field}: {change.before or '–'} → {change.after or '–'}",
            }
            for n, change in enumerate(notice.corrections, 1)
        ],
    }


def _planning(notice: Notice) -> dict[str, Any]:
    expected = notice.times.get("expected_at")
    words = expected.evidence[0].words if expected and expected.evidence else None
    return {"rationale": words, "budget": {"amount": _money(notice.money.get("budget"))}}


def _awards(notice: Notice) -> list[dict[str, Any]]:
    candidate = notice.kind == "award_candidate"
    return [
        {
            "id": _award_id(award.lot, award.supplier),
            "title": " ".join(filter(None, (award.brand, award.model))) or None,
            "status": "pending" if candidate else "active",
            "value": _amount(award.amount),
            "suppliers": [_reference(award.supplier)],
            "relatedLots": [award.lot] if award.lot else None,
        }
        for award in notice.awards
        if award.supplier
    ]


def _contracts(notice: Notice) -> list[dict[str, Any]]:
    signed = notice.times.get("contract_signed_at")
    return [
        {
            "id": _award_id(award.lot, award.supplier),
            "awardID": _award_id(award.lot, award.supplier),
            "status": "active",
            "value": _amount(award.amount),
            "dateSigned": _end(signed),
        }
        for award in notice.awards
        if award.supplier
    ]


# --- all of them ----------------------------------------------------------------------------------------------------


def record(
    project: int, state: ProjectState, proceeding: ProceedingState, known: Sequence[Published]
) -> dict[str, Any]:
    """A contracting process with its releases, oldest first, and what is derived of them."""
    process = ocid(project, proceeding.key)
    releases = [release(process, each) for each in sorted(known, key=lambda each: (each.at, each.id))]
    return {"ocid": process, "releases": releases, "compiledRelease": compiled(project, state, proceeding, known)}


def compiled(
    project: int, state: ProjectState, proceeding: ProceedingState, known: Sequence[Published]
) -> dict[str, Any]:
    """The present state of a contracting process, dated by its newest publication."""
    process = ocid(project, proceeding.key)
    newest = max((each.at for each in known), default=datetime.fromtimestamp(0, SHANGHAI))
    dates = {each.kind: each for each in proceeding.milestones if not each.lot and not each.rule_id}
    planning = proceeding.kind in ("intention", "opinion")
    told = {
        "ocid": process,
        "id": f"{process}/{_instant(newest)}",
        "date": _instant(newest),
        "tag": ["compiled"],
        "initiationType": "tender",
        "language": "zh",
        "parties": _parties(state.buyer, state.agency, [each.supplier for each in proceeding.awards]),
        "buyer": _reference(state.buyer),
        "tender": {
            "id": proceeding.number or state.number or process,
            "title": state.name,
            "status": "planning" if planning else OUTCOMES.get(proceeding.outcome or "", "active"),
            "statusDetails": proceeding.stage_zh,
            "procuringEntity": _reference(state.agency),
            "mainProcurementCategory": "goods" if state.vehicle_purchase == "yes" else None,
            "procurementMethod": METHODS.get(proceeding.method or ""),
            "procurementMethodDetails": proceeding.method,
            "value": _yuan(state.budget or state.ceiling),
            "tenderPeriod": {"endDate": _due(dates.get("bid_deadline"))},
            "enquiryPeriod": {"endDate": _due(dates.get("question_deadline"))},
            "bidOpening": {"date": _due(dates.get("opening_at"))},
            "lots": [
                {
                    "id": lot.no,
                    "title": lot.name,
                    "status": OUTCOMES.get(lot.outcome or "", "active"),
                    "value": _yuan(lot.budget or lot.ceiling),
                }
                for lot in proceeding.lots
            ],
            "milestones": [
                {
                    "id": each.slot,
                    "title": each.label,
                    "type": "engagement",
                    "code": each.rule_id or each.kind,
                    "description": each.words,
                    "dueDate": _due(each),
                }
                for each in proceeding.milestones
            ],
        },
        "awards": [_derived_award(each) for each in proceeding.awards],
        "contracts": [
            {
                "id": _award_id(each.lot, each.supplier),
                "awardID": _award_id(each.lot, each.supplier),
                "status": "active",
            }
            | {"value": _yuan(each.amount)}
            for each in proceeding.awards
            if each.stage == "contract"
        ],
        "relatedProcesses": list(_related(project, state, proceeding)),
    }
    return _bare(told)


def _derived_award(award: AwardState) -> dict[str, Any]:
    return {
        "id": _award_id(award.lot, award.supplier),
        "title": " ".join(filter(None, (award.brand, award.model))) or None,
        "status": "pending" if award.stage == "award_candidate" else "active",
        "value": _yuan(award.amount),
        "suppliers": [_reference(award.supplier)],
        "relatedLots": [award.lot] if award.lot else None,
    }


def _related(project: int, state: ProjectState, proceeding: ProceedingState) -> Iterator[dict[str, Any]]:
    """The failed tender it repeats, and what came before it in the same purchase."""
    for other in state.proceedings:
        if other.key == proceeding.key:
            return
        again = proceeding.re_tender_of == other.key
        yield {
            "id": other.key,
            "relationship": ["unsuccessfulProcess" if again else "planning" if other.kind == "intention" else "prior"],
            "scheme": "ocid",
            "identifier": ocid(project, other.key),
        }


# --- from the database ----------------------------------------------------------------------------------------------


def records(connection: Connection, projects: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The records of these projects, in their order."""
    for identity in projects:
        row = connection.execute(select(PROJECT).where(PROJECT.c.id == identity)).one()
        state = ProjectState.model_validate(row.state)
        known = _published(connection, identity)
        for proceeding in state.proceedings:
            yield record(identity, state, proceeding, known.get(proceeding.key, []))


def _published(connection: Connection, project: int) -> dict[str, list[Published]]:
    """What was published of a project, by proceeding."""
    query = (
        select(PUBLICATION, VERSION.c.reading, VERSION.c.number, PROCEEDING.c.key.label("proceeding"))
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .join(PROCEEDING, PROCEEDING.c.id == PUBLICATION.c.proceeding_id)
        .where(PUBLICATION.c.project_id == project)
    )
    found: dict[str, list[Published]] = {}
    for row in connection.execute(query):
        at = row.published_at or row.first_seen_at
        each = Published(row.portal, row.key, row.number, row.url, at, unpack(row.reading))
        found.setdefault(row.proceeding, []).append(each)
    return found


def living(connection: Connection, *, after: int = 0, limit: int | None = None, vehicles: bool = True) -> list[int]:
    """Ids of projects behind `after`, in order: those that buy vehicles, or all."""
    query = select(PROJECT.c.id).where(PROJECT.c.id > after, PROJECT.c.alias_of.is_(None), PROJECT.c.state_hash != "")
    if vehicles:
        query = query.where(PROJECT.c.vehicle_purchase.in_(["yes", "mixed"]))
    return list(connection.scalars(query.order_by(PROJECT.c.id).limit(limit)))


def find(connection: Connection, process: str) -> dict[str, Any] | None:
    """The record with this ocid."""
    identity = process.removeprefix(f"{PREFIX}-").partition("-")[0]
    if not identity.isascii() or not identity.isdigit() or len(identity) > 12:
        return None
    query = select(PROJECT.c.id, PROJECT.c.alias_of).where(PROJECT.c.id == int(identity))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    mine = records(connection, [row.alias_of or row.id])
    return next((each for each in mine if each["ocid"].partition(identity)[2] == process.partition(identity)[2]), None)


def package(
    what: Literal["releases", "records"],
    content: Iterable[dict[str, Any]],
    at: datetime,
    uri: str,
    links: dict[str, str] | None = None,
) -> Iterator[str]:
    """A release or record package as JSON text, piece by piece: it is never whole in memory."""
    head = {
        "uri": uri,
        "version": VERSION_OF_STANDARD,
        "extensions": EXTENSIONS,
        "publishedDate": _instant(at),
        "publisher": {"name": "Chebiao 车标"},
    } | ({"links": links} if links else {})
    yield json.dumps(head, ensure_ascii=False)[:-1] + f', "{what}": ['
    between = ""
    for each in content:
        yield between + json.dumps(each, ensure_ascii=False)
        between = ",\n"
    yield "]}\n"


# --- values ---------------------------------------------------------------------------------------------------------


def _bare(told: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing: OCDS takes neither empty lists nor empty objects."""
    bare = {name: _bare_value(each) for name, each in told.items()}
    return {name: each for name, each in bare.items() if each not in (None, "", [], {})}


def _bare_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _bare(value)
    if isinstance(value, list):
        return [each for each in map(_bare_value, value) if each not in (None, "", [], {})]
    return value


def _text(notice: Notice, name: str) -> str | None:
    reading = notice.texts.get(name)
    return reading.value if reading else None


def _reference(name: str | None) -> dict[str, str] | None:
    return {"id": comparison_key(name), "name": name} if name else None


def _parties(buyer: str | None, agency: str | None, suppliers: Iterable[str | None]) -> list[dict[str, Any]]:
    """Everybody named, each once with all their roles."""
    roles: dict[str, tuple[str, list[str]]] = {}
    for name, role in ((buyer, "buyer"), (agency, "procuringEntity"), *((each, "supplier") for each in suppliers)):
        if name:
            known = roles.setdefault(comparison_key(name), (name, []))[1]
            if role not in known:
                known.append(role)
    return [{"id": key, "name": name, "roles": told} for key, (name, told) in roles.items()]


def _award_id(lot: str | None, supplier: str | None) -> str:
    return f"{lot or '-'}/{comparison_key(supplier or '')}"


def _money(reading: Reading[Money] | None) -> dict[str, Any] | None:
    return _amount(reading.value) if reading else None


def _amount(money: Money | None) -> dict[str, Any] | None:
    if money is None or money.kind == "rate":
        return None
    return {"amount": money.hundredths / 100, "currency": money.currency}


def _yuan(hundredths: int | None) -> dict[str, Any] | None:
    return _amount(Money(hundredths)) if hundredths is not None else None


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _end(reading: Reading[Any] | None) -> str | None:
    """The end a printed time names; a period stays out, since only the law says when it ends."""
    if reading is None or not isinstance(reading.value, When):
        return None
    earliest, latest = reading.value.span
    return _instant(earliest if earliest == latest else latest - timedelta(seconds=1))


def _start(notice: Notice, published: datetime) -> str:
    reading = notice.times.get("documents_from")
    if reading is not None and isinstance(reading.value, When):
        return _instant(reading.value.span[0])
    return _instant(published)


def _due(milestone: MilestoneState | None) -> str | None:
    """Where places disagree the earlier counts; a day without a time ends at its last second."""
    if milestone is None:
        return None
    if milestone.conflict or milestone.earliest == milestone.latest:
        return _instant(milestone.earliest)
    return _instant(milestone.latest - timedelta(seconds=1))
