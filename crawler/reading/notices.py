"""From a laid-out text to a Notice: every reader called once, their answers put together."""

from dataclasses import dataclass, field

from crawler.notice import Attachment, Evidence, Issue, Notice, Reading, When
from crawler.reading import identity, kinds, parties, sums, times
from crawler.reading.dates import first_moment
from crawler.reading.sheet import Sheet, lay_out
from crawler.text import clean, fold, one_line


@dataclass(frozen=True)
class Source:
    """A document ready for reading: cleaned text and what its page, list or data gave beside it."""

    title: str
    text: str
    url: str | None = None
    portal: str | None = None
    published: str = ""
    crumbs: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    issues: tuple[Issue, ...] = ()
    key: str | None = None


def assemble(source: Source) -> Notice:
    """The notice a source holds."""
    sheet = lay_out(source.text)
    title = one_line(source.title) or _first_line(source.text)
    kind, kind_evidence = kinds.kind_of(title, source.crumbs, sheet)
    method = kinds.method_of(title, kind, sheet)
    issues = [*source.issues, *sheet.issues]
    if kind == "other" and not kind_evidence and source.text.strip():
        issues.append(Issue("kind", title, "no rule of config/reading/kinds.yaml knows this kind of notice"))
    read_times, time_conflicts, time_issues = times.read_times(sheet, kind, lambda offset: False)
    money, money_conflicts, money_issues = sums.read_sums(sheet, kind)
    texts = dict(parties.read_parties(sheet, kind))
    number, plan = identity.read_number(sheet, title, kind)
    name = identity.read_name(sheet, title, kind)
    for key, value in (("project_number", number), ("plan_number", plan), ("project_name", name)):
        if value is not None:
            texts[key] = value
    return Notice(
        title=title,
        url=source.url,
        portal=source.portal,
        key=source.key,
        published=_published(source, sheet),
        kind=kind,
        kind_evidence=kind_evidence,
        method=method.value if method else None,
        texts=texts,
        times=read_times,
        money=money,
        consortium_allowed=consortium(sheet),
        contacts=parties.read_contacts(sheet),
        attachments=source.attachments,
        conflicts=tuple([*time_conflicts, *money_conflicts]),
        issues=tuple([*issues, *time_issues, *money_issues]),
        references=identity.references(sheet, read_times),  # type: ignore[arg-type]
        text=source.text,
    )


def _first_line(text: str) -> str:
    return one_line(next((line for line in text.split("\n") if line.strip()), ""))


def _published(source: Source, sheet: Sheet) -> Reading[When] | None:
    """When the portal published it: its own page, its list, or a label in the text."""
    for words, origin in ((source.published, "data"), (source.facts.get("published", ""), "list")):
        moment = first_moment(fold(clean(words))) if words else None
        if moment and moment.when:
            return Reading(moment.when, (Evidence(words, origin, rule="published"),), 0.95)  # type: ignore[arg-type]
    for hit in sheet.of("published"):
        moment = first_moment(sheet.folded, hit.value, hit.end)
        if moment and moment.when:
            return Reading(moment.when, (sheet.evidence(moment.start, moment.end, hit.label, "labels:published"),), 0.9)
    return None


def consortium(sheet: Sheet) -> Reading[bool] | None:
    return None
