"""Reading: a page or document becomes notices, each value with the words it was read from.

Pure: no network, no database, no clock. Bad input gives a notice with issues, never an exception.
"""

import re
from dataclasses import replace
from typing import Any

from crawler.notice import Issue, Notice
from crawler.page import Page
from crawler.reading import structured
from crawler.reading.blocks import MAX_TEXT, Html, read_html
from crawler.reading.mend import mend
from crawler.reading.notices import Source, assemble
from crawler.text import UndecodableError, clean, decode

__all__ = ["read", "read_document"]

READER_VERSION = "2"
"""Changes whenever a reading may change; stored with each version so that the archive can be read anew."""

_MARKUP = re.compile(r"<(?:html|body|div|p|table|span|br|h\d|td|!doctype)\b", re.I)


def read(page: Page) -> list[Notice]:
    """All notices of a fetched page. Never raises on its content: what could not be read is an issue."""
    facts = page.row.facts
    title, published = facts.get("title", ""), facts.get("published", "")
    try:
        text = decode(page.body, page.encoding)
    except UndecodableError as error:
        return [
            Notice(
                title=title,
                url=page.row.url,
                portal=page.portal,
                issues=(Issue("encoding", "not readable", str(error)),),
            )
        ]
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
    body = html if html is not None else text or ""
    inside = structured.records(body, url)
    if inside is not None:
        out: list[Notice] = []
        for record in inside:
            given = {**(facts or {}), **record.facts}
            source = _source(
                record.content,
                title or record.title,
                url,
                portal,
                record.published or published,
                given,
                bool(_MARKUP.search(record.content)),
            )
            source = replace(source, attachments=(*source.attachments, *record.attachments), from_data=True)
            out += assemble(source)
        return out
    markup = html is not None or bool(_MARKUP.match(body.lstrip()[:200]))
    return assemble(_source(body, title, url, portal, published, facts or {}, markup))


def _source(
    body: str, title: str, url: str | None, portal: str | None, published: str, facts: dict[str, Any], markup: bool
) -> Source:
    """A document ready for reading, taken apart as HTML where it is such, else mended as plain text."""
    known = {key: str(value) for key, value in facts.items() if isinstance(value, str | int | float)}
    if markup:
        page = read_html(body, url)
        words = page.text
    else:
        page = Html()
        words = mend(clean(body[:MAX_TEXT]))
        if len(body) > MAX_TEXT:
            page.issues.append(Issue("size", f"{len(body)} characters", f"only the first {MAX_TEXT} were read"))
    return Source(
        title=title or page.title,
        text=words,
        url=url,
        portal=portal,
        published=page.published or published,
        crumbs=page.crumbs,
        facts=known,
        attachments=page.attachments,
        issues=tuple(page.issues),
    )
