"""`bid` and `matrix`: from the registration to the opening, and our answer to each requirement."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.clock import now
from crawler.text import one_line
from tracker.cli.common import As, Json, engine
from tracker.cli.groups import ShowFirst
from tracker.cli.output import json_line, say
from tracker.cli.paper import Form, Format, Output, write
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.team import kept

bid_app = typer.Typer(
    no_args_is_help=True,
)
matrix_app = typer.Typer(
    cls=ShowFirst,
    no_args_is_help=True,
)
Project = Annotated[int, typer.Argument(metavar="PROJECT", help=_("Its number in `chebiao projects`."))]
Bid = Annotated[int, typer.Argument(metavar="BID", help=_("Its number in `chebiao project bid list`."))]
Version = Annotated[int | None, typer.Option("--version", help=_("The version you looked at; another one is refused."))]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help=_("When; else now."))]
AccountNo = Annotated[
    int | None, typer.Option("--account", metavar="NUMBER", help=_("Of `chebiao platform list`: whose CA key it is."))
]


def register(app: typer.Typer) -> None:
    app.add_typer(bid_app, name="bid")
    app.add_typer(matrix_app, name="matrix")
    bid_app.command("register", help=_("Note how far the documents are ours: applied, registered, paid, downloaded."))(
        register_
    )
    bid_app.command("ready", help=_("What is open, what ends too early, what only a person can check."))(ready)
    bid_app.command("uploaded", help=_("Note the upload, its receipt and the CA key that encrypted it."))(uploaded)
    bid_app.command("sheet", help=_("The day of the opening on one page, in minutes."))(sheet)
    bid_app.command("duty", help=_("Who does what on that day, and under which number."))(duty)
    bid_app.command("papers", help=_("The frame of the bid in Word: letter, prices, deviations, declarations."))(papers)
    bid_app.command("lock", help=_("Which entity of ours bids, and why no other one may."))(lock)
    matrix_app.command("show", help=_("As a page, PDF, Excel, JSON or text."))(matrix_show)
    matrix_app.command("set", help=_("Answer one or more requirements."))(matrix_set)
    matrix_app.command(
        "import", help=_("Read answers back from the workbook that `matrix PROJECT -o FILE.xlsx` made.")
    )(matrix_import)


def register_(
    project: Project,
    step: Annotated[str, typer.Argument(metavar="pending|registered|fee-paid|downloaded")],
    who: As,
    proof: Annotated[str | None, typer.Option("--proof", metavar="TEXT", help=_("Receipt, number or file."))] = None,
    fee: Annotated[
        str | None, typer.Option("--fee", metavar="YUAN", help=_("What the documents cost; 0: free."))
    ] = None,
    account: AccountNo = None,
    lot: Annotated[str, typer.Option("--lot")] = "",
    at: At = None,
    version: Version = None,
) -> None:
    from tracker.bidding import registration

    with engine().begin() as connection:
        got = registration.register(
            connection,
            who,
            project,
            step,
            at=kept.instant(at) if at else None,
            lot=lot,
            proof=proof,
            fee=kept.fen(fee) if fee else None,
            account_id=account,
            version=version,
        )
    say(
        _("{place}: {state}").format(
            place=f"{got.proceeding} {got.lot}".strip(), state=_(registration.STATES[got.state])
        )
    )
    if got.fee_open:
        say(f"! {_('the document fee is not paid')}")


def ready(
    project: Project,
    who: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help=_("Declare it ready, as this person."))
    ] = None,
    despite: Annotated[
        str, typer.Option("--despite", metavar="TEXT", help=_("Why, although something is still open."))
    ] = "",
    version: Version = None,
    form: Form = None,
    output: Output = None,
) -> None:
    from tracker.bidding import pages as bid_pages
    from tracker.bidding import readiness
    from tracker.delivery.render import as_json

    if who is not None:
        with engine().begin() as connection:
            readiness.declare_ready(connection, who, project, now(), despite=despite, version=version)
    with reading(engine()) as connection:
        found = readiness.ready(connection, project, now())
    write(form, output, {Format.text: lambda: bid_pages.ready_text(found), Format.json: lambda: f"{as_json(found)}\n"})
    if who is None and not found.clear:
        raise typer.Exit(1)


def uploaded(
    bid: Bid,
    who: As,
    receipt: Annotated[str, typer.Option("--receipt", metavar="TEXT", help=_("Number or file of the receipt."))],
    account: AccountNo = None,
    at: At = None,
    version: Version = None,
) -> None:
    from tracker.bidding import credentials, registration

    with engine().begin() as connection:
        done = registration.upload(
            connection,
            who,
            bid,
            receipt=receipt,
            account_id=account,
            at=kept.instant(at) if at else None,
            version=version,
        )
    if account is None:
        say(_("bid {id} is handed in").format(id=bid))
    else:
        key = credentials.key_words(done.bid)
        said = _("bid {id} is handed in; encrypted with {key}: no renewal of it before the opening")
        say(said.format(id=bid, key=key))
    for warning in done.warnings:
        say(f"! {warning}")


def sheet(project: Project, form: Form = None, output: Output = None) -> None:
    from tracker.bidding import opening
    from tracker.bidding import pages as bid_pages
    from tracker.delivery.render import as_json
    from tracker.pdf import pdf

    with reading(engine()) as connection:
        page = opening.sheet(connection, project, now())
    write(
        form,
        output,
        {
            Format.html: lambda: bid_pages.sheet_html(page),
            Format.pdf: lambda: pdf(bid_pages.sheet_html(page), page.bidder),
            Format.json: lambda: f"{as_json(page)}\n",
            Format.text: lambda: bid_pages.sheet_text(page),
        },
    )


def duty(
    project: Project,
    role: Annotated[
        str, typer.Argument(metavar="attends|deputy|ca-holder|price|technical|maker|platform|agency|other")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    who: As,
    phone: Annotated[str, typer.Option("--phone", metavar="NUMBER")] = "",
    version: Version = None,
) -> None:
    from tracker.bidding import opening

    with engine().begin() as connection:
        row = opening.set_duty(connection, who, project, role, name, phone, version)
    say(_("kept as {id}").format(id=row.id))


def papers(project: Project, output: Output = None) -> None:
    from tracker.bidding import papers as frames

    with reading(engine()) as connection:
        frame = frames.papers(connection, project, now())
    write(Format.docx, output, {Format.docx: lambda: frames.word(frame)})


def lock(project: Project, as_json: Json = False) -> None:
    from tracker.bidding import bids

    with reading(engine()) as connection:
        held = bids.lock(connection, project)
    if as_json:
        json_line(vars(held) if held else {"project_id": project, "bidder": None})
    elif held is None:
        say(_("nobody bids for project {id} yet").format(id=project))
    else:
        for line in lock_lines(held):
            say(line)


def lock_lines(held: Any) -> list[str]:
    """Who bids, since when, and why nobody else may, a line each."""
    since = f"{held.since:%Y-%m-%d}"
    said = [
        _("{bidder} bids for project {id} ({name}, since {since})").format(
            bidder=held.bidder, id=held.project_id, name=held.by, since=since
        )
    ]
    said += [f"  {reason}" for reason in held.reasons]
    if held.others:
        names = ", ".join(held.others)
        said.append(f"! {_('also with a bid: {names}; all but one must withdraw').format(names=names)}")
    return said


# --- matrix ---------------------------------------------------------------------------------------------------------


def matrix_show(project: Project, form: Form = None, output: Output = None) -> None:
    from tracker.bidding import pages as bid_pages
    from tracker.bidding.matrix import matrix
    from tracker.bidding.workbook import matrix_excel
    from tracker.delivery.render import as_json
    from tracker.pdf import pdf

    with reading(engine()) as connection:
        found = matrix(connection, project, now())
    makers: dict[Format, Callable[[], str | bytes]] = {
        Format.html: lambda: bid_pages.matrix_html(found),
        Format.pdf: lambda: pdf(bid_pages.matrix_html(found), found.bidder),
        Format.xlsx: lambda: matrix_excel(found),
        Format.json: lambda: f"{as_json(found)}\n",
        Format.text: lambda: bid_pages.matrix_text(found),
    }
    write(form, output, makers)


def matrix_set(
    project: Project,
    who: As,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]…", help=_("Keys of requirements, or how they begin."))
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help=_("All rows of this kind that nobody has answered."))
    ] = None,
    status: Annotated[str | None, typer.Option("--status", metavar="open|drafted|reviewed|done")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME")] = None,
    answer: Annotated[str | None, typer.Option("--answer", metavar="TEXT")] = None,
    deviation: Annotated[str | None, typer.Option("--deviation", metavar="met|better|worse|none")] = None,
    place: Annotated[
        str | None, typer.Option("--place", metavar="TEXT", help=_("Section and page of our bid."))
    ] = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="TEXT")] = None,
    credential: Annotated[
        int | None, typer.Option("--credential", metavar="NUMBER", help=_("A paper of `chebiao credential list`."))
    ] = None,
    version: Version = None,
) -> None:
    from tracker.bidding.matrix import matrix, set_rows
    from tracker.documents.words import KINDS

    with engine().begin() as connection:
        chosen = list(keys or ())
        if kind is not None:
            if kind not in KINDS:
                raise Mistake(
                    _("{field}: {value!r} is not known; write one of: {known}").format(
                        field="kind", value=kind, known=", ".join(KINDS)
                    )
                )
            found = matrix(connection, project, now())
            chosen += [row.key for row in found.ours if row.kind == kind and not row.version]
        if not chosen:
            raise Mistake(_("name the requirements by their keys, or a kind: --kind contract"))
        done = set_rows(
            connection,
            who,
            project,
            chosen,
            status=status,
            owner=owner,
            answer=answer,
            deviation=deviation,
            place=place,
            evidence=evidence,
            credential_id=credential,
            version=version,
        )
    say(_("{n} rows kept").format(n=len(done)))
    for row in done:
        if row.shout:
            say(f"!! {_('★ NOT MET: {words}').format(words=row.words)}")


def matrix_import(
    project: Project,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx")],
    who: As,
    over: Annotated[
        bool, typer.Option("--over", help=_("Where an answer was changed meanwhile, take the workbook's."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tracker.bidding.workbook import import_matrix

    try:
        content = file.read_bytes()
    except OSError as error:
        raise Mistake(f"{file}: {error.strerror}") from None
    with engine().begin() as connection:
        done = import_matrix(connection, who, project, content, over=over)
    if as_json:
        json_line(
            {
                "kept": [row.key for row in done.kept],
                "same": done.same,
                "conflicts": [vars(each) for each in done.conflicts],
            }
        )
        raise typer.Exit(1 if done.conflicts else 0)
    say(_("{n} rows kept, {same} say what is stored").format(n=len(done.kept), same=done.same))
    for row in done.kept:
        if row.shout:
            say(f"!! {_('★ NOT MET: {words}').format(words=row.words)}")
    for each in done.conflicts:
        say(f"! {each.where}: {each.why}: {one_line(each.words, 100)}")
        for title, theirs, ours in each.fields:
            said = _("{field}: the workbook says {theirs!r}, stored is {ours!r}")
            say(f"    {said.format(field=title, theirs=one_line(theirs, 200), ours=one_line(ours, 200))}")
    if done.conflicts:
        raise typer.Exit(1)
