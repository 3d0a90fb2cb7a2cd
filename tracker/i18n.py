"""Interface language: msgids are English, the default is Chinese (zh_CN).

`CHEBIAO_LANG` or `language()` chooses; `_` is looked up when called, so a person's mail can differ from the screen.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeVar

Said = TypeVar("Said")
DEFAULT = "zh_CN"
_LOCALES = Path(__file__).parent / "locale"
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def current() -> str:
    """`zh_CN` or `en`."""
    return _chosen.get() or os.environ.get("CHEBIAO_LANG") or DEFAULT


@contextmanager
def language(code: str | None) -> Iterator[None]:
    """Speak `code` inside the block; None keeps the surrounding language."""
    token = _chosen.set(code or _chosen.get())
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def catalogue(code: str) -> NullTranslations:
    """The translations of a language, read from its .po file; a language without one speaks the msgids."""
    source = _LOCALES / code / "LC_MESSAGES" / "chebiao.po"
    if not source.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo  # ponderous to import, and English needs none of it
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(message: str) -> str:
    """`message` in the current language."""
    return catalogue(current()).gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """The plural form of `n`; Chinese has one form only."""
    return catalogue(current()).ngettext(one, many, n)


def both(zh: Said, en: Said) -> Said:
    """The one of two that is in the current language, such as a name that configuration gives in both."""
    return zh if current().startswith("zh") else en
