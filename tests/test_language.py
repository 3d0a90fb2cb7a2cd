"""The interface speaks Chinese: whatever it can say has its translation, and no translation is left over."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from crawler.reading import explain
from tracker import decisions, present, results, triage, unknown, words
from tracker.bidding import credentials, matrix, opening, readiness, registration, workbook
from tracker.checklist.build import AMOUNTS
from tracker.cli import find, frame, standing
from tracker.delivery import chat
from tracker.documents import words as document_words
from tracker.linking import REASONS
from tracker.packs import words as pack_words
from tracker.tables import METADATA
from tracker.team import accounts, ownership, tasks
from tracker.web import show
from tracker.web.pages import calendar as calendar_page
from tracker.web.pages import lists, today
from tracker.web.pages import results as results_page

pytestmark = pytest.mark.xdist_group("language")  # one worker builds what all of them use

ROOT = Path(__file__).parent.parent
PO = ROOT / "tracker/locale/zh_CN/LC_MESSAGES/chebiao.po"
FUNCTIONS = {"_": None, "gettext": None, "ngettext": (1, 2)}
SAY = {"say": None}
"""`say` of the checklist takes a msgid and words it in both languages; elsewhere it prints."""
TRANSLATE = {"translate": None}
"""What the crawler calls the function that it is handed."""
TABLES = (
    *(
        present.ACTS,
        present.MOMENTS,
        present.METHODS,
        present.KINDS,
        present.VERDICTS,
        present.WINDOWS,
        present.NATURES,
    ),
    *(pack_words.TITLES, pack_words.NAMES, pack_words.STEP_NAMES),
    *(present.POLL_STATES, words.MARKS, words.EVENTS, words.OUTCOMES, words.BIDS, words.FORMS, words.DAYS),
    *(document_words.STATES, document_words.REASONS, document_words.KINDS, document_words.VERDICTS),
    *(document_words.LEVELS, document_words.CHANGES),
    *(words.FREQUENCIES, words.DELIVERIES, words.DUE, words.MEDIA),
    *(chat.HEADS, present.CHANGES, chat.STAGES),
    *(
        find.RESULTS,
        frame.MISTAKES,
        ownership.CONTACTS,
        standing.ACTORS,
        tasks.OWN_NAMES,
        credentials.ADMISSIONS,
        credentials.CREDENTIAL_KINDS,
        registration.STATES,
        matrix.STATUSES,
        matrix.DEVIATIONS,
        matrix.AGAIN,
        {field: title for field, title, _width in workbook.COLUMNS if field != "mark"},
        readiness.GROUPS,
        opening.ROLES,
        accounts.NAMES,
        decisions.PASS_REASONS,
        triage.SAID,
        unknown.WHAT,
        today.HEADS,
        show.PAGES,
        lists.SHOWS,
        lists.SORTS,
        results_page.SPANS,
        {each: each for each in calendar_page.WEEKDAYS},
        results.GROUPS,
        {words: words for pair in lists.SWITCHES.values() for words in pair},
        AMOUNTS,
        REASONS,
        explain.TITLES,
        explain._UNITS,
    ),
)
"""Words that are looked up by key, so that no extraction sees them."""
EDITABLE = [table.name for table in METADATA.tables.values() if "version" in table.c]
"""`tracker.team.kept` names the table of a row in its mistakes."""
HEADINGS = ("field", "value", "sure", "read from")
"""Of the table that `chebiao read --explain` prints."""
PLACE = re.compile(r"%\(\w+\)s|(?<!\{)\{[a-z_]*(?:![rsa])?(?::[^{}]*)?\}(?!\})")

Message = tuple[str, ...]
"""A msgid, with its plural where it has one."""


def extracted() -> Iterator[tuple[Message, str]]:
    """Every message of the sources with the place that says it."""
    templates = {"extensions": "jinja2.ext.i18n", "silent": "false"}
    sources: list[tuple[Any, Any, Iterable[Path], dict[str, str]]] = [
        (calls, FUNCTIONS, (ROOT / "tracker").rglob("*.py"), {}),
        (calls, SAY, (ROOT / "tracker/checklist").rglob("*.py"), {}),
        (calls, TRANSLATE, (ROOT / "crawler").rglob("*.py"), {}),
        ("jinja2.ext:babel_extract", FUNCTIONS, (ROOT / "templates").rglob("*.html"), templates),
        ("jinja2.ext:babel_extract", FUNCTIONS, (ROOT / "templates").rglob("*.txt"), templates),
    ]
    for method, functions, paths, options in sources:
        for path in sorted(paths):
            with path.open("rb") as file:
                for line, found, _comments, _context in extract(method, file, functions, options=options):
                    message = (found,) if isinstance(found, str) else tuple(filter(None, found))
                    if any(message):
                        yield message, f"{path.relative_to(ROOT)}:{line}"
    yield from _words_of_the_word_template(ROOT / "templates/checklist/make_template.py")


def calls(
    file: IO[bytes], keywords: Mapping[str, object], _comments: Collection[str], options: Mapping[str, object]
) -> Iterator[tuple[int, str, list[str | None], list[str]]]:
    """An extraction method for Babel; its own one does not look into f-strings before Python 3.12."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            texts = [
                each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else None
                for each in node.args
            ]
            yield node.lineno, node.func.id, texts, []


def _words_of_the_word_template(path: Path) -> Iterator[tuple[Message, str]]:
    """The Word template is written by a script; its `{{ _("…") }}` stand in the script's strings."""
    for message in re.findall(r'_\(\\?"([^"\\]+)\\?"\)', path.read_text(encoding="utf-8")):
        yield (message,), str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def said() -> dict[Message, str]:
    """What the interface can say, and where."""
    looked_up = {(msgid,): "a table of words" for table in TABLES for msgid in table.values()}
    names = {(name,): "tracker/team/kept.py" for name in EDITABLE}
    fixed = {(name,): "a row of words" for name in (*present.WEEKDAYS, *HEADINGS)}
    return looked_up | names | fixed | dict(extracted())


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN", abort_invalid=True)


def _translated(catalogue: Catalog) -> dict[Message, tuple[str, ...]]:
    """Message and its translations; the header has no msgid."""
    return {_tuple(each.id): _tuple(each.string) for each in catalogue if each.id}


def _tuple(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def test_everything_said_has_its_chinese(said: dict[Message, str], catalogue: Catalog) -> None:
    known = _translated(catalogue)
    missing = {message[0]: place for message, place in said.items() if not all(known.get(message, ("",)))}
    assert missing == {}


def test_nothing_is_translated_that_nobody_says(said: dict[Message, str], catalogue: Catalog) -> None:
    assert set(_translated(catalogue)) - set(said) == set()


def test_places_for_values_are_the_same_in_both_languages(catalogue: Catalog) -> None:
    def places(text: str) -> Counter[str]:
        return Counter(PLACE.findall(text))

    wrong = {
        message: text
        for message, texts in _translated(catalogue).items()
        for text in texts
        if places(text) != places(message[-1])
    }
    assert wrong == {}


def test_no_message_stands_twice() -> None:
    msgids = re.findall(r'^msgid (".*"(?:\n".*")*)', PO.read_text(encoding="utf-8"), re.M)
    assert [msgid for msgid, times in Counter(msgids).items() if times > 1] == []


@pytest.mark.parametrize(
    ("typer_says", "we_say"),
    [
        ("Missing option '--as'.", "缺少 '--as'"),
        ("No such option: --limt (Possible options: --limit)", "没有选项 --limt；可用：--limit"),
        ("Invalid value for '--budget': Input should be a valid integer, unable to parse", "'--budget' 须为整数"),
        ("Something new in Typer", "Something new in Typer"),
    ],
)
def test_mistakes_in_a_call_are_told_in_chinese(typer_says: str, we_say: str) -> None:
    assert frame.worded(typer_says) == we_say
