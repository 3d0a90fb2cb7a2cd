"""The one Jinja environment of the house: HTML autoescaped, an undefined name an error, values worded by filters.

Everything that is not `.txt` is taken for HTML. Scraped text is data only and never a template.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker import present
from tracker.i18n import _, both, current, ngettext


def templates() -> Path:
    """`tracker/_templates` in the wheel, `templates/` in a checkout."""
    here = Path(__file__).resolve().parent
    wheel = here / "_templates"
    return wheel if wheel.is_dir() else here.parent / "templates"


@cache
def environment() -> Environment:
    """Made once; filters word values in the language of the moment."""
    made = Environment(
        loader=FileSystemLoader(templates()),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]  # from the extension
    words: dict[str, Callable[..., Any]] = {
        "moment": present.moment,
        "day": present.day,
        "short": present.short,
        "left": present.left,
        "overdue": present.overdue,
        "span": present.span,
        "money": present.money,
        "number": present.count,
        "clip": present.clip,
        "link": present.link,
        "portal": present.portal_name,
        "vehicle": present.vehicle_name,
        "dated": present.dated,
        "near": present.is_near,
        "act": lambda kind: present.word(present.ACTS, kind),
        "date_name": lambda kind: present.word(present.MOMENTS, kind),
        "method": lambda kind: present.word(present.METHODS, kind),
        "notice": lambda kind: present.word(present.KINDS, kind),
        "legal": present.legal,
        "poll_state": lambda state: present.word(present.POLL_STATES, state),
        "verdict": lambda kind: present.word(present.VERDICTS, kind),
        "own_name": present.own_name,
        "change": present.change_name,
        "window_kind": present.window_kind,
        "form": present.form_name,
        "support": present.support_words,
    }
    made.filters |= words
    made.globals |= {"both": both, "channel_name": present.channel_name, "language": current}
    return made
