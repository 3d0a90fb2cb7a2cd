"""`search`, `project gates`, `relevance review`, `audit import`: finding, judging, and checking ourselves."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from crawler.clock import SHANGHAI
from tracker import audit, search
from tracker.cli.common import Json, Limit, engine, portals
from tracker.cli.filters import filtered
from tracker.cli.lists import project_app
from tracker.cli.output import indented, json_line, out, rows, say
from tracker.corrections import corrections
from tracker.db import reading
from tracker.decisions import project as find_project
from tracker.filters import criteria_with
from tracker.gates import case_of, gates
from tracker.i18n import _, both
from tracker.present import KINDS, VERDICTS, word
from tracker.team import people
from tracker.watches import Criteria, list_watches

relevance_app = typer.Typer(no_args_is_help=True)
audit_app = typer.Typer(no_args_is_help=True)
SIGNS = {"yes": "✓", "no": "✗", "unknown": "?"}


def register(app: typer.Typer) -> None:
    app.command("search")(filtered(search_command))
    project_app.command("gates", help=_("May we bid? Each condition with the notice's words."))(gates_command)
    app.add_typer(relevance_app, name="relevance")
    relevance_app.command("review", help=_("Corrections by people beside the rules that said otherwise."))(review)
    relevance_app.callback()(lambda: None)
    app.add_typer(audit_app, name="audit")
    audit_app.command("import", help=_("Did we have each row of a list, when, and why not?"))(import_)
    audit_app.callback()(lambda: None)


def search_command(
    filters: dict[str, Any],
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", help=_("Taken literally."))] = None,
    limit: Limit = 50,
    after: Annotated[int | None, typer.Option("--after", help=_("Go on behind this rank (see --json)."))] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help=_("Make the index anew from the stored texts."))] = False,
    as_json: Json = False,
) -> None:
    if rebuild:
        with engine().begin() as connection:
            count = search.rebuild(connection)
        say(_("{n} notices indexed").format(n=count))
        if not words:
            return
    asked = criteria_with(Criteria(classes=()), filters) if filters else None
    with reading(engine()) as connection:
        hits = search.search(connection, " ".join(words or []), filters=asked, limit=limit, after=after)
    if as_json:
        for hit in hits:
            json_line({"id": hit.publication_id, "project": hit.project_id} | _plain(hit))
        return
    found = [vars(hit) | {"what": word(KINDS, hit.kind)} for hit in hits]
    columns = ("publication_id", "published_at", "what", "title", "project_id")
    titles = (_("id"), _("published"), _("kind"), _("title"), _("project"))
    rows(found, columns, titles, as_json=False, wide="title")
    if not found:
        say(_("nothing found"))
    elif len(found) == limit:
        say(_("older ones: --after {rank}").format(rank=hits[-1].rank))


def _plain(hit: search.Found) -> dict[str, Any]:
    named = {name: value for name, value in vars(hit).items() if name not in ("publication_id", "project_id")}
    return named | {"reasons": list(hit.reasons)}


def gates_command(identity: Annotated[int, typer.Argument(metavar="PROJECT")], as_json: Json = False) -> None:
    with reading(engine()) as connection:
        row = find_project(connection, identity)
        found = gates(case_of(connection, row.id))
    if as_json:
        for gate in found:
            json_line(vars(gate) | {"evidence": [vars(each) for each in gate.evidence]})
        return
    out.print(Text(f"{row.id}  {row.name}", style="bold"))
    for gate in found:
        indented(f"{SIGNS[gate.answer]} {gate.name}  {gate.why}")
        for quote in gate.evidence:
            indented(f"“{quote.words}” ({quote.source})", 6, "dim")
    if any(gate.answer == "no" for gate in found):
        say(
            _("a gate says no: `chebiao project pass {id} --as NAME --reason …`, or track it and say why").format(
                id=row.id
            )
        )
    else:
        say(_("decide: `chebiao project track {id} --as NAME` or `project pass {id} --reason …`").format(id=row.id))


def review(limit: Limit = 100, as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = list(corrections(connection, limit))
    for each in found:
        if as_json:
            json_line(vars(each) | {"erred": [vars(notice) for notice in each.erred]})
            continue
        day = f"{each.at.astimezone(SHANGHAI):%Y-%m-%d}"
        head = f"{day}  {each.person}{_(': ')}{word(VERDICTS, each.verdict)}  {each.project_id}  {each.name}"
        out.print(Text(f"{head}  {each.why or ''}", style="bold", overflow="fold"))
        for notice in each.erred:
            indented(f"{word(VERDICTS, notice.verdict)}  {notice.title}")
            for rule, zh, en in zip(notice.rules, notice.reasons, notice.reasons_en, strict=True):
                indented(f"{rule}: {both(zh, en)}", 6, "dim")
        if not each.erred:
            out.print(Text("  " + _("the rules say the same by now"), style="dim"))
    if not found and not as_json:
        say(_("nobody has corrected a verdict"))


RESULTS = {"had": "had it", "late": "had it late", "filtered": "filtered out", "missed": "missed"}


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("Excel, CSV, or a saved mail (.eml)."))],
    who: Annotated[str | None, typer.Option("--as", metavar="NAME", help=_("Judge by this person's watches."))] = None,
    as_json: Json = False,
) -> None:
    listed = audit.read_list(file, say)
    with reading(engine()) as connection:
        watches = list_watches(connection, people.person(connection, who), active=True) if who else []
        judge = audit.Audit(connection, portals(), watches).judge
        findings = [judge(each) for each in listed]
    for each in findings:
        row = vars(each.listed) | {name: value for name, value in vars(each).items() if name != "listed"}
        if as_json:
            json_line(row)
            continue
        out.print(Text(f"{each.listed.row}  {word(RESULTS, each.result)}  {each.listed.title}", overflow="fold"))
        indented(each.words, 5, "dim")
    counts = audit.summary(findings)
    say("  ".join(f"{word(RESULTS, name)} {count}" for name, count in counts.items()))
