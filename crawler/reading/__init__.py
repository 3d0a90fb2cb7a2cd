"""Reading: a page or document becomes notices, each value with the words it was read from.

Pure: no network, no database, no clock. Bad input gives a notice with issues, never an exception.
"""

import re
from typing import Any

from crawler.notice import Issue, Notice
from crawler.page import Page
from crawler.reading.blocks import Html, read_html
from crawler.reading.mend import mend
from crawler.reading.notices import Source, assemble
from crawler.text import UndecodableError, clean, decode

__all__ = ["read", "read_document"]

READER_VERSION = "1"
"""Changes whenever a reading may change; stored with each version so that the archive can be read anew."""

_MARKUP = re.compile(r"<(?:html|body|div|p|table|span|br|h\d|td|!doctype)\b", re.I)


def read(page: Page) -> list[Notice]:
    """All notices of a fetched page. Never raises on its content: what could not be read is an issue."""
    facts = page.row.facts
    title, published = facts.get("title", ""), facts.get("published", "")
    try:
        text = decode(page.body, page.encoding)
    except UndecodableError as error:
        return [Notice(title=title, url=page.row.url, portal=page.portal, issues=(Issue("encoding", "not readable", str(error)),))]
    return read_document(
        title=title,
        url=page.row.url,
        portal=page.portal,
        published=published,
        html=text,
        facts=facts,
    )


def read_document(
    *,
    title: str = "",
    url: str | None = None,
    portal: str | None = None,
    published: str = "",
    html: str | None = None,
    text: str | None = None,
    facts: dict[str, Any] | None = None,
) -> list[Notice]:
    """All notices of a document given as HTML or as plain text, with what its list or data said of it."""
    known = {key: str(value) for key, value in (facts or {}).items() if isinstance(value, str | int | float)}
    if html is not None and _MARKUP.search(html[:20_000]):
        page = read_html(html, url)
        body = page.text
    else:
        page = Html()
        body = mend(clean(html if html is not None else text or ""))
    source = Source(
        title=title or page.title,
        text=body,
        url=url,
        portal=portal,
        published=page.published or published,
        crumbs=page.crumbs,
        facts=known,
        attachments=page.attachments,
        issues=tuple(page.issues),
    )
    return [assemble(source)]
