"""`document`: the tender documents of a project, what they require, what changed, what to question."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from sqlalchemy import Row

from crawler.clock import SHANGHAI, now
from tracker import decisions
from tracker.cli.common import As, Json, engine
from tracker.cli.output import cell, json_line, out, rows, say
from tracker.db import reading
from tracker.documents.words import CHANGES, KINDS, LEVELS, REASONS, STATES, VERDICTS
from tracker.i18n import _
from tracker.present import legal, money, short, word
from tracker.state import ProjectState
from tracker.tables import RequirementKind

document_app = typer.Typer(no_args_is_help=True)

Project = Annotated[int, typer.Argument(metavar="PROJECT", help=_("Its number in `chebiao projects`."))]
Document = Annotated[int, typer.Argument(metavar="DOCUMENT", help=_("Its number in `chebiao document list`."))]
Version = Annotated[int | None, typer.Option("--version", help=_("One of its versions; the newest without it."))]
Kinds = StrEnum("Kinds", {name: name for name in get_args(RequirementKind)})  # type: ignore[misc]  # names are data
Lot = Annotated[str | None, typer.Option(help=_("Only what holds for this lot."))]


class Verdict(StrEnum):
    question = "question"
    leave = "leave"


def register(app: typer.Typer) -> None:
    app.add_typer(document_app, name="document")
    document_app.command("add", help=_("Put files on a project's shelf: PDF, Word, Excel, HTML, ZIP."))(add)
    document_app.command("list", help=_("The documents of a project and whether they could be read."))(list_)
    document_app.command("show", help=_("One document: its text with sections and pages, or what it requires."))(show)
    document_app.command("diff", help=_("What a new version asks otherwise, requirement by requirement."))(diff)
    document_app.command("requirements", help=_("All that a project's documents and notices require."))(requirements)
    document_app.command("corrections", help=_("Clauses that corrections quote: old, new, and those not found."))(
        corrections
    )
    document_app.command("flags", help=_("Clauses to look at: one brand, against the law; and until when."))(flags)
    document_app.command("decide", help=_("Keep what is made of a flagged clause."))(decide)
    document_app.command("reread", help=_("Read anew what an older reader read."))(reread)


def add(
    project: Project,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    who: As,
    of: Annotated[
        int | None, typer.Option("--of", metavar="DOCUMENT", help=_("It is a new version of this document."))
    ] = None,
) -> None:
    from tracker.documents import shelf  # what reads files is slow to import; other commands go without

    made = set(shelf.add(engine(), who, project, files, of))
    with reading(engine()) as connection:
        cards = shelf.documents(connection, project)
    if not made:
        say(_("known already, nothing new"))
    for card in cards:
        if card.version_id in made or card.archive:
            say(_said(card))


def _said(card: Any) -> str:
    """One line on what came of a file."""
    state = _reasoned(card.state, card.reasons)
    asked = _("{n} requirements").format(n=card.requirements) if card.requirements else _("no requirements found")
    known = asked if card.state in ("read", "partly") and card.kind != "zip" else ""
    version = _("version {n}").format(n=card.version) if card.version > 1 else ""
    return f"{card.id}  {card.name}: " + ", ".join(part for part in (version, state, known) if part)


def _reasoned(state: str, reasons: Iterable[str]) -> str:
    """`not readable here: scan without text`."""
    why = ", ".join(word(REASONS, each) for each in reasons)
    return f"{word(STATES, state)}: {why}" if why else word(STATES, state)


def list_(project: Project, as_json: Json = False) -> None:
    from tracker.documents import shelf

    with reading(engine()) as connection:
        cards = shelf.documents(connection, project)
    found = [
        {
            "id": card.id,
            "name": f"{card.archive} / {card.name}" if card.archive else card.name,
            "version": card.version,
            "state": card.state,
            "reasons": list(card.reasons),
            "shown": _reasoned(card.state, card.reasons)
            + (f" ({_('not in the newest archive')})" if card.left_out else ""),
            "kind": card.kind,
            "pages": card.pages,
            "unread": list(card.unread),
            "requirements": card.requirements,
            "at": card.at,
            "hash": card.hash,
        }
        for card in cards
    ]
    titles = (_("no."), _("file"), _("version"), _("state"), _("pages"), _("requirements"), _("since"))
    columns = ("id", "name", "version", "shown", "pages", "requirements", "at")
    if not rows(found, columns, titles, as_json=as_json, wide="name shown"):
        say(
            _("no documents yet; `chebiao attachments {id} --fetch` or `chebiao document add {id} FILE`").format(
                id=project
            )
        )


def show(
    identity: Document,
    version: Version = None,
    text: Annotated[bool, typer.Option("--text", help=_("The text as it was read, with pages."))] = False,
    as_json: Json = False,
) -> None:
    from tracker.documents import shelf

    with reading(engine()) as connection:
        row = shelf.version_of(connection, identity, version)
        asked = shelf.requirements_of_version(connection, row.id)
    if text:
        _text(row, as_json)
        return
    if not as_json:
        _head(row)
    _requirements(asked, as_json)


def _head(row: Row[Any]) -> None:
    pages = _("{n} pages").format(n=row.pages) if row.pages else ""
    unread = (
        _("pages not read: {pages}").format(pages=", ".join(map(str, row.unread_pages))) if row.unread_pages else ""
    )
    state = _reasoned(row.state, row.detail.split())
    version = _("version {n}").format(n=row.number)
    say(" · ".join(part for part in (row.name, version, state, pages, unread) if part))


def _text(row: Row[Any], as_json: bool) -> None:
    from tracker.documents import shelf

    for line in shelf.lines(row):
        if as_json:
            json_line({"page": line.page, "table": line.table or None, "text": line.text})
        else:
            out.print(cell(f"{line.page or '':>4}  {line.text}"), soft_wrap=True)


def _requirements(asked: Iterable[Any], as_json: bool) -> int:
    titles = (_("kind"), _("mark"), _("lot"), _("words"), _("points, sum"), _("place"))
    columns = ("kind", "mark", "lot", "words", "worth", "where")
    return rows(_shown(asked, as_json), columns, titles, as_json=as_json, wide="words where", words={"kind": KINDS})


def _shown(asked: Iterable[Any], as_json: bool) -> Iterator[dict[str, Any]]:
    for each in asked:
        worth = f"{each.points / 100:g}" if each.points is not None else money(each.amount)
        row = {"kind": each.kind, "mark": each.mark, "lot": each.lot, "words": each.words}
        if as_json:
            yield row | {
                "key": each.key,
                "topic": each.topic,
                "label": each.label,
                "points": each.points,
                "amount": each.amount,
                "file": each.place.file,
                "section": each.place.section,
                "page": each.place.page,
                "replaces": each.replaces or None,
            }
        else:
            yield row | {"worth": worth, "where": where(each.place)}


def where(place: Any) -> str:
    """`第三章 2.1, p. 17`; the file where it has neither."""
    page = _("p. {n}").format(n=place.page) if place.page is not None else ""
    return _(", ").join(part for part in (place.section, page) if part) or place.file


def diff(
    identity: Document,
    old: Annotated[int | None, typer.Option(help=_("The version before; the last one read without it."))] = None,
    new: Annotated[int | None, typer.Option(help=_("The version after; the newest without it."))] = None,
    as_json: Json = False,
) -> None:
    from tracker.documents import shelf

    with reading(engine()) as connection:
        found = shelf.changes(connection, identity, old, new)
    changes = [
        *(("added", None, each, each) for each in found.added),
        *(("changed", each.before, each.after, each.after) for each in found.changed),
        *(("dropped", each, None, each) for each in found.dropped),
    ]
    shown = [
        {
            "change": change,
            "kind": one.kind,
            "lot": one.lot,
            "before": before.words if before else None,
            "after": after.words if after else None,
            "where": where(one.place),
            "key": one.key,
        }
        for change, before, after, one in changes
    ]
    titles = (_("change"), _("kind"), _("lot"), _("before"), _("after"), _("place"))
    columns = ("change", "kind", "lot", "before", "after", "where")
    if not rows(
        shown, columns, titles, as_json=as_json, wide="before after where", words={"kind": KINDS, "change": CHANGES}
    ):
        say(_("both versions ask the same"))


def requirements(
    project: Project,
    kind: Annotated[Kinds | None, typer.Option(help=_("Only of this kind."))] = None,
    lot: Lot = None,
    marked: Annotated[bool, typer.Option("--marked", help=_("Only those with ★ or ▲."))] = False,
    as_json: Json = False,
) -> None:
    from tracker.bidding.requirements import requirements_of
    from tracker.documents.price import tax_notes

    with reading(engine()) as connection:
        target = decisions.project(connection, project)
        asked = requirements_of(connection, target.id)
        state = ProjectState.model_validate(target.state) if target.state else None
    found = [
        each
        for each in asked
        if (kind is None or each.kind == kind.value)
        and (lot is None or each.lot in ("", lot))
        and (not marked or each.mark)
    ]
    if not _requirements(found, as_json):
        say(_("nothing of this kind; `chebiao document list {id}` says what was read").format(id=project))
    for note in tax_notes(found, state, now().astimezone(SHANGHAI).date()) if state and not as_json else ():
        say(_("purchase tax, by the day of the invoice: {words}").format(words=note))


def corrections(project: Project, as_json: Json = False) -> None:
    from tracker.bidding.requirements import corrected

    with reading(engine()) as connection:
        found = corrected(connection, decisions.project(connection, project).id)
    shown = [
        {
            "change": "added" if not each.before else "changed" if each.after else "dropped",
            "before": "\n".join(one.words for one in each.before),
            "after": "\n".join(one.words for one in each.after),
            "where": str(next(iter((*each.before, *each.after))).place),
            "correction": f"{each.stated.place.file}, {each.stated.place}",
        }
        for each in found.placed
    ] + [
        {
            "change": "unplaced",
            "before": each.before,
            "after": each.after,
            "where": each.where,
            "correction": f"{each.place.file}, {each.place}",
        }
        for each in found.unplaced
    ]
    titles = (_("change"), _("before"), _("after"), _("place"), _("correction"))
    columns = ("change", "before", "after", "where", "correction")
    if not rows(shown, columns, titles, as_json=as_json, wide="before after where", words={"change": CHANGES}):
        say(_("no correction quotes a clause of it"))
    for each in found.unplaced if not as_json else ():
        said = _("a correction changes a clause that was not found here, look for it: {words}")
        say(f"!! {said.format(words=each.words)}")


def flags(project: Project, as_json: Json = False) -> None:
    from tracker.documents.flags import questions

    with reading(engine()) as connection:
        found = questions(connection, project, now())
    shown = [
        {
            "flag": each.flag.id,
            "level": each.flag.level,
            "name": str(each.flag.name),
            "words": each.flag.requirement.words,
            "found": each.flag.found,
            "where": where(each.flag.requirement.place),
            "lot": each.flag.requirement.lot,
            "legal": "; ".join(ground.legal_ref for ground in each.flag.grounds),
            "law": "; ".join(legal(ground.legal_ref) for ground in each.flag.grounds),
            "rules": [ground.rule_id for ground in each.flag.grounds if ground.rule_id],
            "sure": each.flag.sure,
            "until": (until := min((one.earliest for one in each.until), default=None)),
            "last_day": short(until, "day") if until else None,
            "requirement": each.flag.requirement.key,
            "verdict": each.verdict,
            "reason": each.reason,
            "by": each.by,
        }
        for each in found
    ]
    titles = (_("level"), _("what"), _("words"), _("place"), _("law"), _("until"), _("decided"), _("requirement"))
    columns = ("level", "name", "words", "where", "law", "last_day", "verdict", "requirement")
    if not rows(
        shown,
        columns,
        titles,
        as_json=as_json,
        wide="name words where law",
        words={"level": LEVELS, "verdict": VERDICTS},
    ):
        say(_("nothing stands out; this is no proof that all is well"))
    elif any(not each["sure"] for each in shown):
        say(_("the law it is under is not known: the grounds of every law are listed"))


def decide(
    project: Project,
    flag: Annotated[str, typer.Argument(metavar="FLAG", help=_("As `chebiao document flags --json` names it."))],
    requirement: Annotated[str, typer.Argument(metavar="REQUIREMENT", help=_("Its key there."))],
    verdict: Verdict,
    who: As,
    reason: Annotated[str, typer.Option("--reason", help=_("Why; kept with the decision."))] = "",
) -> None:
    from tracker.documents.flags import decide as keep

    with engine().begin() as connection:
        keep(connection, who, project, flag, requirement, verdict.value, reason)
    say(_("kept"))


def reread(
    project: Annotated[int | None, typer.Argument(metavar="[PROJECT]", help=_("Without it, of every project."))] = None,
) -> None:
    from tracker.documents import shelf

    say(_("{n} documents read anew").format(n=shelf.read_again(engine(), project)))
