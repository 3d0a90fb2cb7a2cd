"""Tender documents made once for the run, and a home of one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents.making import as_docx, as_html, as_pdf, blocks
from tracker.documents.formats import READERS
from tracker.documents.lines import Parsed


@pytest.fixture(scope="session")
def tender(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """`tender("police", "pdf")`: a document of tests/documents/tenders as a file, made the first time."""
    folder = tmp_path_factory.mktemp("tenders")

    def made(name: str, kind: str) -> Path:
        path = folder / f"{name}.{kind}"
        if not path.is_file():
            if kind == "html":
                path.write_text(as_html(blocks(name)), encoding="utf-8")
            else:
                (as_pdf if kind == "pdf" else as_docx)(blocks(name), path)
        return path

    return made


@pytest.fixture(scope="session")
def parsed(tender: Callable[[str, str], Path]) -> Callable[[str, str], Parsed]:
    """As `tender`, read."""
    known: dict[tuple[str, str], Parsed] = {}

    def read(name: str, kind: str) -> Parsed:
        if (name, kind) not in known:
            known[name, kind] = READERS[kind](tender(name, kind))
        return known[name, kind]

    return read


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the user's files."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CHEBIAO_HOME", str(folder))
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    return folder
