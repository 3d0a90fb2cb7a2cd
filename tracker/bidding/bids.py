"""Our bids and their deposits: how far each is, what it cost, and the deposit until it is back.

One project has one bidding entity. Two of one group under the same contract are shut out or void (GPR 18, TBR 34), and
bids that one hand drew up count as collusion (M87 37, TBR 39-40; GPR 74), so the first bid locks the entity for all
branches, and a second branch is told at once by whom, since when and why.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI, now, today
from crawler.text import one_line
from tracker.decisions import Mistake, live, project, whose
from tracker.events import Change, write
from tracker.i18n import _
from tracker.present import legal
from tracker.procedures.law import load_law
from tracker.projects import DECISION, PROJECT
from tracker.state import MilestoneState, ProceedingState, ProjectState
from tracker.tables import Bid, BidStatus, Deposit, DepositForm, TeamMember, table
from tracker.team import kept
from tracker.team.people import PERSON, Card, person
from tracker.team.tasks import add_task, close_tasks_from
from tracker.team.work import owner_name

BID, DEPOSIT, TEAM_MEMBER = table(Bid), table(Deposit), table(TeamMember)
STATUSES: Final[tuple[BidStatus, ...]] = get_args(BidStatus)
FORMS: Final[tuple[str, ...]] = get_args(DepositForm)
CLOSED = ("won", "lost", "void", "withdrawn")
NEED_A_REASON = ("lost", "void", "withdrawn")
RESULTS = ("won", "lost")
REFUNDS = {
    "won": ("gp.bond.refund-awarded", "tb.bond.refund-all"),
    "lost": ("gp.bond.refund-not-awarded", "tb.bond.refund-all"),
    "withdrawn": ("gp.bond.refund-withdrawn", "tb.bond.refund-withdrawn", "gp.bond.refund-exit"),
    "void": ("gp.bond.refund-terminated", "gp.bond.refund-not-awarded", "tb.bond.refund-all"),
}
"""Which rules date the refund after each end (config/procedures)."""


ONE_BIDDER: Final[dict[str, tuple[str, ...]]] = {
    "GP": ("gp.related-suppliers",),
    "TB": ("tb.related-suppliers", "tb.collusion-signs"),
    "ENT": ("ent.related-suppliers",),
}
"""Why a group bids once, by law; where the law is not known, the two strictest."""
COLLUSION: Final = {"GP": "M87 37; GPR 74", "TB": "TBR 39, 40", "": "M87 37; GPR 74; TBR 39, 40"}
"""What bids of one hand are taken for."""


@dataclass(frozen=True)
class Lock:
    """Who bids for a project, so that nobody else of the group does."""

    project_id: int
    bidder: str
    since: datetime
    by: str
    """The person who opened the first bid."""
    reasons: tuple[str, ...]
    """The rules, each with its article, in the language of the moment."""
    others: tuple[str, ...] = ()
    """Further entities with a bid: possible only where two projects turned out to be one. One must withdraw."""


class Locked(Mistake):
    """Another entity of the group bids for the project."""

    def __init__(self, lock: Lock, wanted: str) -> None:
        said = _(
            "project {project} is locked to {bidder} ({name}, since {since}): one tender, one bidding entity, so "
            "{wanted} cannot bid. Why: {reasons}"
        )
        since = f"{lock.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        super().__init__(
            said.format(
                project=lock.project_id, bidder=lock.bidder, name=lock.by, since=since, wanted=wanted,
                reasons="; ".join(lock.reasons),
            )
        )  # fmt: skip
        self.lock = lock


def lock(connection: Connection, identity: int) -> Lock | None:
    """The bidding entity a project is locked to, with the reason in law. Raises Mistake for an unknown project."""
    target = project(connection, identity)
    held = _holding(connection, target.id)
    if not held:
        return None
    first = held[0]
    others = tuple(dict.fromkeys(row.bidder for row in held if row.bidder != first.bidder))
    return Lock(target.id, first.bidder, first.at, first.by, _why_one(target.regime), others)


def _holding(connection: Connection, identity: int) -> list[Row[Any]]:
    """The bids that lock, the oldest first: all but those withdrawn before anything was handed in."""
    query = (
        select(BID, PERSON.c.name.label("by"))
        .join(PERSON, PERSON.c.id == BID.c.person_id)
        .where(BID.c.project_id == identity, (BID.c.status != "withdrawn") | BID.c.submitted_at.is_not(None))
    )
    return list(connection.execute(query.order_by(BID.c.at, BID.c.id)))


def _why_one(regime: str | None) -> tuple[str, ...]:
    rules = ONE_BIDDER.get(regime or "", (*ONE_BIDDER["GP"], *ONE_BIDDER["TB"]))
    law, day = load_law(), today()
    said = [
        f"{rule.name} ({legal(rule.legal_ref)})" for name in rules for rule in law.rules[name] if rule.in_force(day)
    ]
    article = COLLUSION.get(regime or "", COLLUSION[""])
    return (*said, _("bids that one hand drew up are taken for collusion ({article})").format(article=legal(article)))


@dataclass(frozen=True)
class Moved:
    """A bid after a change of status."""

    bid: Row[Any]
    asks: tuple[str, ...] = ()
    """Questions to the person, worded in the current language."""
    tasks: tuple[int, ...] = ()
    """Tasks made by it."""


def open_bid(
    connection: Connection, who: str, identity: int, bidder: str, lot: str = "", proceeding: str | None = None
) -> Row[Any]:
    """Consider bidding as `bidder`; the first bid fixes the entity for the whole project. Raises Mistake, Locked."""
    by, target = person(connection, who), project(connection, identity)
    # Two branches that begin at the same moment wait for each other here (SQLite has one writer anyway).
    connection.execute(select(PROJECT.c.id).where(PROJECT.c.id == target.id).with_for_update())
    entity = one_line(bidder, 120)
    if not entity:
        raise Mistake(_("name the bidding entity: --bidder NAME"))
    place = place_of(target, proceeding, lot)
    held = lock(connection, target.id)
    if held is not None and held.bidder != entity:
        raise Locked(held, entity)
    for other in connection.execute(select(BID).where(BID.c.project_id == target.id)):
        if (other.bidder, other.proceeding, other.lot) == (entity, place.key, lot) and other.status != "withdrawn":
            raise Mistake(_("there is a bid for it already: {id} ({status})").format(id=other.id, status=other.status))
    made = kept.add(
        connection, BID, by, project_id=target.id, proceeding=place.key, lot=lot, bidder=entity, status="considering"
    )
    if held is None:
        why = {"bidder": entity, "reasons": list(_why_one(target.regime))}
        change = Change("bidder-locked", None, entity, why, entity)
        write(
            connection, [change], cause="person", seen_at=now(), once=f"bid{made.id}",
            project_id=target.id, person_id=by.id,
        )  # fmt: skip
        _tell_branches(connection, by, target, made)
    return made


def _tell_branches(connection: Connection, by: Card, target: Row[Any], made: Row[Any]) -> None:
    """A task for everybody of another team who follows the project: the other branches know at once that one bids."""
    teams: defaultdict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(TEAM_MEMBER)):
        teams[row.person_id].add(row.team_id)
    if not teams:  # one team: everybody sees the bid where they work
        return
    following = select(DECISION).where(DECISION.c.project_id == target.id, live("track"))
    others = sorted({whose(each) for each in connection.execute(following)} - {by.id})
    said = _("{bidder} bids for {name}: no other entity of ours may; what yours has begun ends, or the leads settle it")
    for each in others:
        if not teams[each] & teams[by.id]:
            owner = connection.scalar(select(PERSON.c.name).where(PERSON.c.id == each))
            title = said.format(bidder=made.bidder, name=target.name)
            add_task(connection, by.name, title, owner=owner, identity=target.id, origin=f"lock:{made.id}")


def place_of(target: Row[Any], key: str | None, lot: str = "") -> ProceedingState:
    """The proceeding a bid is for: the named one, else the newest open one. Raises Mistake."""
    places = {each.key: each for each in ProjectState.model_validate(target.state).proceedings}
    if key is None:
        key = next((each.key for each in reversed(places.values()) if each.outcome is None), next(reversed(places), ""))
    if key not in places:
        raise Mistake(
            _("project {project} has no proceeding {key!r}; it has: {known}").format(
                project=target.id, key=key, known=", ".join(places)
            )
        )
    lots = [each.no for each in places[key].lots]
    if lot and lots and lot not in lots:
        raise Mistake(_("there is no lot {lot!r}; there are: {known}").format(lot=lot, known=", ".join(lots)))
    return places[key]


def bid(connection: Connection, identity: int, version: int | None = None) -> Row[Any]:
    """A bid by its number. Raises Mistake, EditedMeanwhile."""
    return kept.get(connection, BID, identity, version)


def entity(connection: Connection, identity: int) -> str:
    """Our bidding entity for a project; empty where there is no bid."""
    return next((str(row.bidder) for row in _holding(connection, identity)), "")


def bids_of(connection: Connection, identity: int) -> list[Row[Any]]:
    """The bids of a project, by proceeding and lot."""
    query = select(BID).where(BID.c.project_id == project(connection, identity).id)
    return list(connection.execute(query.order_by(BID.c.proceeding, BID.c.lot, BID.c.id)))


Field = Literal["price", "rank", "winner", "winner_price", "reason", "next_contact", "valid_until"]


def change_bid(
    connection: Connection,
    who: str,
    identity: int,
    status: str | None = None,
    *,
    version: int | None = None,
    **values: Any,
) -> Moved:
    """Move a bid on and note price, rank, winner, winner_price (hundredths), reason, next_contact and
    valid_until (days).

    Steps may be skipped. Going back, and leaving an end, needs a reason; so do lost, void and withdrawn. An end asks
    for the deposit. Raises Mistake, EditedMeanwhile.
    """
    by, before = person(connection, who), bid(connection, identity, version)
    changes = {name: value for name, value in values.items() if value is not None}
    if unknown := sorted(set(changes) - set(get_args(Field))):
        raise Mistake(_("a bid has no {field!r}").format(field=unknown[0]))
    if status is not None and status != before.status:
        _may_move(before, status, changes.get("reason"))
        changes |= {"status": status, "closed_at": now() if status in CLOSED else None}
        if status == "submitted" and before.submitted_at is None:
            changes |= {"submitted_at": now()}
    after = kept.edit(connection, BID, by, before, **changes)
    if after.status == "withdrawn":
        close_tasks_from(connection, who, f"lock:{identity}", _("the bid was withdrawn"))
    if after.status in CLOSED and before.status != after.status:
        return _closing(connection, by, after)
    return Moved(after)


def _may_move(before: Row[Any], status: str, reason: str | None) -> None:
    if status not in STATUSES:
        raise Mistake(
            _("{status!r} is no status; write one of: {known}").format(status=status, known=", ".join(STATUSES))
        )
    if status in RESULTS and STATUSES.index(before.status) < STATUSES.index("submitted"):
        raise Mistake(_("a bid that was not submitted is neither won nor lost; write `withdrawn` or `void`"))
    if status == "withdrawn" and before.status == "opened":
        raise Mistake(_("after the opening a bid cannot be withdrawn; write lost or void"))
    back = before.status in CLOSED or STATUSES.index(status) < STATUSES.index(before.status)
    if (status in NEED_A_REASON or back) and not reason:
        raise Mistake(_("say why: --reason TEXT"))


def _closing(connection: Connection, by: Card, after: Row[Any]) -> Moved:
    """What an end leaves to do: the deposit is to come back."""
    target = project(connection, after.project_id)
    state = ProjectState.model_validate(target.state)
    held = [row for row in deposits_of(connection, after.project_id) if row.bid_id == after.id]
    out = [row for row in held if row.paid_at is not None and row.returned_at is None]
    due = refund_due(state, after)
    made = []
    for row in out:
        said = _("get the deposit of {amount:.2f} yuan back: {name}").format(amount=row.amount / 100, name=state.name)
        made.append(
            add_task(
                connection,
                by.name,
                said + (f"（{due.label} {legal(due.legal_ref)}）" if due else ""),
                owner=owner_name(connection, target.id),
                due=due.latest if due else None,
                identity=target.id,
                origin=f"deposit:{row.id}",
            )
        )
    asks = []
    if not held and state.deposit:
        asks.append(
            _("the notice asks for a deposit of {amount:.2f} yuan and none is noted here: was one paid?").format(
                amount=state.deposit / 100
            )
        )
    asks += [_("the deposit {id} was noted but not as paid: was it?").format(id=r.id) for r in held if not r.paid_at]
    return Moved(after, tuple(asks), tuple(made))


def refund_due(state: ProjectState, after: Row[Any]) -> MilestoneState | None:
    """The milestone that dates the refund after this end, of the bid's lot first; None where no date is known yet."""
    place = next((each for each in state.proceedings if each.key == after.proceeding), None)
    dated = {(each.rule_id, each.lot): each for each in place.milestones} if place else {}
    wanted = [(rule, lot) for rule in REFUNDS[after.status] for lot in dict.fromkeys((after.lot, ""))]
    return next((dated[each] for each in wanted if each in dated), None)


# --- deposits -------------------------------------------------------------------------------------------------------


def add_deposit(
    connection: Connection,
    who: str,
    bid_id: int,
    *,
    amount: int | None = None,
    due: datetime | None = None,
    form: str = "transfer",
) -> Row[Any]:
    """A deposit for a bid; amount (hundredths of CNY) and due time come from the notice where not given."""
    by, ours = person(connection, who), bid(connection, bid_id)
    if form not in FORMS:
        raise Mistake(_("{form!r} is no form; write one of: {known}").format(form=form, known=", ".join(FORMS)))
    state = ProjectState.model_validate(project(connection, ours.project_id).state)
    amount = state.deposit if amount is None else amount
    if not amount or amount < 0:
        raise Mistake(_("the notice names no deposit; give --amount YUAN"))
    return kept.add(
        connection,
        DEPOSIT,
        by,
        project_id=ours.project_id,
        bid_id=ours.id,
        amount=amount,
        due_at=due or _deposit_due(state, ours),
        form=form,
    )


def _deposit_due(state: ProjectState, ours: Row[Any]) -> datetime | None:
    """When it must be there: the printed deposit deadline, else the bid deadline (财库〔2019〕38号), of the lot."""
    return printed(state, ours.proceeding, ("deposit_deadline", "bid_deadline", "prequalification_deadline"), ours.lot)


def printed(state: ProjectState, proceeding: str, kinds: Sequence[str], lot: str = "") -> datetime | None:
    """The first of some printed times (keys of crawler.notice.TIMES) that is known: of the lot, else of the whole."""
    place = next((each for each in state.proceedings if each.key == proceeding), None)
    dated = {(each.kind, each.lot): each.earliest for each in place.milestones if not each.rule_id} if place else {}
    return next((dated[kind, each] for kind in kinds for each in (lot, "") if (kind, each) in dated), None)


def mark_deposit(
    connection: Connection,
    who: str,
    identity: int,
    step: Literal["paid", "bound", "returned"],
    *,
    at: datetime | None = None,
    form: str | None = None,
    version: int | None = None,
) -> Row[Any]:
    """It was paid, matched to bidder and lot by the platform, or came back. Raises Mistake, EditedMeanwhile."""
    by, before = person(connection, who), kept.get(connection, DEPOSIT, identity, version)
    if step != "paid" and before.paid_at is None:
        raise Mistake(_("deposit {id} was not paid yet; note that first").format(id=identity))
    if form is not None and form not in FORMS:
        raise Mistake(_("{form!r} is no form; write one of: {known}").format(form=form, known=", ".join(FORMS)))
    changes: dict[str, Any] = {f"{step}_at": at or now()} | ({"form": form} if form else {})
    after = kept.edit(connection, DEPOSIT, by, before, **changes)
    if step == "returned":
        close_tasks_from(connection, who, f"deposit:{identity}", _("the deposit came back"))
    return after


def deposits_of(connection: Connection, identity: int) -> list[Row[Any]]:
    """The deposits of a project."""
    query = select(DEPOSIT).where(DEPOSIT.c.project_id == project(connection, identity).id)
    return list(connection.execute(query.order_by(DEPOSIT.c.id)))


def deposits_out(connection: Connection) -> list[Row[Any]]:
    """Every deposit that is paid and not back, whose bid has ended first."""
    query = (
        select(DEPOSIT, BID.c.bidder, BID.c.status)
        .join(BID, BID.c.id == DEPOSIT.c.bid_id)
        .where(DEPOSIT.c.paid_at.is_not(None), DEPOSIT.c.returned_at.is_(None))
        .order_by(BID.c.closed_at.is_(None), BID.c.closed_at, DEPOSIT.c.id)
    )
    return list(connection.execute(query))
