"""The bid-response checklist of a project: all that a complete answer needs, by whom, by when, in the bidder's order.

`build` reads the project's state and its notices and gives a `Checklist`, plain and serialisable; `html`, `text`,
`word`, `excel` and `as_json` write it. What is on it is data: `config/checklists/*.yaml` (docs/checklists.md).
"""

from tracker.checklist.build import build
from tracker.checklist.model import Checklist
from tracker.checklist.outputs import FORMATS, excel, html, text, word

__all__ = ["FORMATS", "Checklist", "build", "excel", "html", "text", "word"]
