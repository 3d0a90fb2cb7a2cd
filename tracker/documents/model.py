"""What a tender document is and what it requires: frozen values, no database, no clock."""

import hashlib
from dataclasses import dataclass

from crawler.text import comparison_key
from tracker.tables.documents import RequirementKind, RequirementMark

Kind = RequirementKind
Mark = RequirementMark
"""★ a miss voids the bid, ▲ points are lost, # as the document defines it."""


@dataclass(frozen=True)
class Place:
    """Where words stand. A notice has a key (`portal/key`) for a file and no pages."""

    file: str
    section: str = ""
    """Headings from the outermost inwards, such as `第三章 采购需求 2.1`."""
    page: int | None = None

    def __str__(self) -> str:
        page = f"p. {self.page}" if self.page is not None else ""
        return ", ".join(part for part in (self.section, page) if part) or self.file


UNPLACED = "correction.unplaced"
"""Topic of a change that a correction states and no clause at hand could be found for: a person has to place it."""


@dataclass(frozen=True)
class Amendment:
    """A correction that changed a requirement, or added it."""

    place: Place
    """Of the correction."""
    said: str
    """Its statement, verbatim."""
    before: str
    """The words it changed; empty for a clause that is new."""
    key: str
    """The key the requirement had before."""


@dataclass(frozen=True)
class Requirement:
    """One thing that is asked of a bidder, in the document's own words."""

    kind: Kind
    words: str
    """Verbatim; a row of a table has its cells between ` | `."""
    place: Place
    lot: str = ""
    """Number as normalised by the reader of notices; empty where it holds for every lot."""
    mark: Mark = ""
    topic: str = ""
    """What it is about: an id of config/documents, such as `maker-letter` or `copies`."""
    label: str = ""
    """What is asked about: a parameter, a scoring factor."""
    points: int | None = None
    """Hundredths of a point, the most that can be had."""
    amount: int | None = None
    """Hundredths of CNY."""
    also: tuple[Place, ...] = ()
    """Further places that say the same."""
    replaces: str = ""
    """The key it had in the version before, where its words changed."""
    amended: tuple[Amendment, ...] = ()
    """Corrections that quoted it, the oldest first."""

    @property
    def former(self) -> tuple[str, ...]:
        """The keys it had before, the newest first: work may hang on any of them."""
        return tuple(dict.fromkeys(key for key in (*(a.key for a in reversed(self.amended)), self.replaces) if key))

    @property
    def key(self) -> str:
        """The same in every version and file that says the same of the same lot.

        Work on a requirement hangs on (project, key). The mark counts: a parameter that becomes ★ is a change.
        """
        said = f"{self.kind}|{self.lot}|{self.mark}|{comparison_key(self.words)}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]
