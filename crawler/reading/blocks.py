# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""HTML to ordered lines, tables and attachments.

BeautifulSoup on lxml parses; one walk over the tree writes the text. Inline elements join, blocks break lines, a
data table gives one line a row with its cells between ` | `, a layout table gives its cells as blocks. Styles,
scripts and what is hidden from a reader's eye stay out. Nothing here recurses over the tree's depth.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from bs4.builder._lxml import LXMLTreeBuilder
from bs4.element import AttributeDict, NavigableString, PageElement, PreformattedString

from crawler.config import config_file
from crawler.notice import Attachment, Issue
from crawler.text import clean

MAX_HTML = 6_000_000
"""Characters of a page that are parsed; the rest is reported as cut."""
MAX_TAGS = 200_000
"""Tags that are parsed; a notice has some thousands, and each costs time and memory."""
MAX_TEXT = 400_000
"""Characters of text that are kept; no notice a person reads is longer."""
MAX_CELLS = 20_000

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary tbody thead tfoot ul tr td th "
    "table caption option".split()
)
_SKIPPED = frozenset(
    "style script noscript template head title meta link button select textarea svg iframe object".split()
)
_BETWEEN = re.compile(
    rf">[ \t\r]*+\n[ \t\r\n]*+(?=<(?:br|{'|'.join(sorted(_BLOCKS - {'html', 'body', 'form'}))})[\s/>])", re.I
)
"""Line breaks between tags in front of a block: nobody sees them, yet they would be a third of a page's nodes."""
_CHROME = re.compile(
    r"^(?:nav|footer|header|copyright|breadcrumb|bread|sidebar|menu|topbar|toolbar)$|(?:^|[-_ ])(?:footer|copyright|header|navbar|relcontent)"
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
    r"|(?<!-)color\s*:\s*(?:#fff(?:fff)?|white|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))\s*(?:;|!|$)",
    re.I,
)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.I)
_WHITE = re.compile(r"\s*(?:#fff(?:fff)?|white|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\)|transparent)\s*$", re.I)
"""White words are seen on any other background."""
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|ofd|zip|rar|7z|zbj|gef|dwg|jpe?g|png|txt|et|tif)$", re.I)
_DOWNLOAD = re.compile(
    r"download|gpx-public-file|attach|accessCode=|\.(?:pdf|docx?|xlsx?|zip|rar|7z|wps|ofd)(?:\?|$)", re.I
)
_OSS = "https://www.ccgp.gov.cn/oss/download?uuid="
_BLANKS = re.compile(r"[ \n]+")


class _Builder(LXMLTreeBuilder):
    """Makes the tree without asking at every element for namespaces, which HTML has none of.

    lxml makes no map of them where `start` does not take one.
    """

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:  # type: ignore[override]
        self.soup.handle_starttag(tag, None, None, attrib)  # type: ignore[union-attr, arg-type]

    def end(self, tag: str | bytes) -> None:
        self.soup.handle_endtag(tag)  # type: ignore[union-attr, arg-type]


@dataclass(frozen=True)
class Layout:
    """Where the pages of one system keep their parts; a row of config/reading/layouts.yaml."""

    name: str
    page: str
    title: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    crumbs: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def layouts(path: str | None = None) -> tuple[Layout, ...]:
    """The known layouts. Raises ValueError naming file and key where one is wrong."""
    file = path or str(config_file("reading/layouts.yaml"))
    with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - cached by its name
        rows = yaml.safe_load(stream) or {}
    out = []
    for name, row in rows.items():
        unknown = set(row) - {"page", "title", "published", "crumbs", "summary", "body"}
        if unknown or "page" not in row:
            raise ValueError(
                f"{file}: {name}: {'unknown key ' + sorted(unknown)[0] if unknown else 'key page is missing'}"
            )
        lists = {key: tuple(value) for key, value in row.items() if key != "page"}
        out.append(Layout(name, row["page"], **lists))
    return tuple(out)


_STEP = re.compile(r"(?P<name>[a-zA-Z][\w]*)?(?P<marks>(?:[.#][\w-]+)*)(?:\[(?P<key>[\w-]+)=(?P<value>[\w-]+)\])?")


class Elements:
    """A page's elements by name, class and id, from one walk: selecting anew for every selector costs more than parsing.

    Understands what layouts.yaml uses: `tag.class#id[key=value]`, blanks for descent, commas for alternatives.
    """

    def __init__(self, soup: BeautifulSoup) -> None:
        self._named = named = defaultdict[str, list[Tag]](list)
        node: PageElement | None = next(iter(soup.contents), None)
        while node is not None:  # the generator `descendants` costs more than all else here
            if isinstance(node, Tag):
                named[node.name].append(node)
                attributes = node.attrs
                if "class" in attributes:
                    for name in _classes(node):
                        named["." + name].append(node)
                if "id" in attributes:
                    named[f"#{attributes['id']}"].append(node)
            node = node.next_element

    def found(self, css: str) -> Iterator[Tag]:
        """The elements a selector names, in the order of the page for each alternative."""
        for last, *above in _selector(css):
            for tag in self._named.get(last.rarest, ()):
                if last.fits(tag) and _under(tag, above):
                    yield tag

    def all(self, css: str) -> list[Tag]:
        return list(self.found(css))

    def first(self, css: str) -> Tag | None:
        return next(self.found(css), None)


class _Step(NamedTuple):
    """One element of a selector."""

    name: str
    classes: frozenset[str]
    identity: str
    key: str
    value: str

    @property
    def rarest(self) -> str:
        """The rarest of its marks, under which the elements are found."""
        if self.identity:
            return f"#{self.identity}"
        return f".{max(self.classes)}" if self.classes else self.name

    def fits(self, tag: Tag) -> bool:
        attributes = tag.attrs
        return (
            (not self.name or tag.name == self.name)
            and (not self.identity or attributes.get("id") == self.identity)
            and (not self.key or attributes.get(self.key) == self.value)
            and (not self.classes or self.classes.issubset(_classes(tag)))
        )


@lru_cache(maxsize=256)
def _selector(css: str) -> tuple[tuple[_Step, ...], ...]:
    """A selector's alternatives, each from its last step to its first."""
    return tuple(tuple(_step(step) for step in reversed(alternative.split())) for alternative in css.split(","))


def _step(step: str) -> _Step:
    match = _STEP.fullmatch(step)
    if match is None:
        raise ValueError(f"selector {step!r}: only tag, .class, #id and [key=value] are understood")
    marks = re.findall(r"[.#][\w-]+", match["marks"])
    classes = frozenset(mark[1:] for mark in marks if mark[0] == ".")
    identity = next((mark[1:] for mark in marks if mark[0] == "#"), "")
    return _Step(match["name"] or "", classes, identity, match["key"] or "", match["value"] or "")


def _classes(tag: Tag) -> list[str]:
    own = tag.attrs.get("class", "")
    return own.split() if isinstance(own, str) else own


def _words(tag: Tag, between: str = "") -> str:
    """An element's words, cleaned; most hold one string and nothing else."""
    inside = tag.contents
    alone = len(inside) == 1 and type(inside[0]) is NavigableString
    return clean(str(inside[0]) if alone else tag.get_text(between))


def _under(tag: Tag, above: list[_Step]) -> bool:
    """Whether the steps above are met among an element's parents, the nearest first."""
    wanted = list(above)
    for parent in tag.parents if wanted else ():
        if wanted[0].fits(parent):
            del wanted[0]
            if not wanted:
                break
    return not wanted


@dataclass
class Html:
    """What a page shows: title, the portal's own facts, text with its summary in front, files."""

    title: str = ""
    published: str = ""
    crumbs: tuple[str, ...] = ()
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    issues: list[Issue] = field(default_factory=list)
    layout: str = ""


def read_html(markup: str, base_url: str | None = None) -> Html:
    """Take a page apart. Never raises on any markup; what is cut or unknown is an issue."""
    page = Html()
    if len(markup) > MAX_HTML:
        page.issues.append(Issue("size", f"{len(markup)} characters", f"only the first {MAX_HTML} were read"))
        markup = markup[:MAX_HTML]
    if markup.count("<") > MAX_TAGS:
        cut = next(islice((m.start() for m in re.finditer("<", markup)), MAX_TAGS, None))
        page.issues.append(Issue("size", f"more than {MAX_TAGS} tags", f"read up to character {cut}"))
        markup = markup[:cut]
    markup = _BETWEEN.sub(">", markup.replace("\x00", ""))
    # Attributes stay as they stand: their lists and checks would take a tenth of the parsing and serve nobody here.
    soup = BeautifulSoup(markup, builder=_Builder(multi_valued_attributes=None, attribute_dict_class=AttributeDict))
    elements = Elements(soup)
    layout = next((known for known in layouts() if elements.first(known.page) is not None), None)
    summary: list[tuple[str, str]] = []
    body: Tag = soup
    if layout is not None:
        page.layout = layout.name
        page.title = _first(elements, layout.title)
        page.published = _first(elements, layout.published)
        page.crumbs = tuple(a.get_text(" ", strip=True) for css in layout.crumbs for a in elements.all(css))
        for css in layout.summary:
            block = elements.first(css)
            if block is not None:
                summary = _pairs(block)
        body = next((tag for css in layout.body if (tag := elements.first(css)) is not None), soup)
    if not page.title:
        page.title = _first(elements, ("meta[name=ArticleTitle]", "h1", "title"))
    writer = _Writer()
    writer.walk(body, whole_page=body is soup)
    text = writer.text()
    if summary:
        lines = "\n".join(f"{label}：{value}" for label, value in summary)
        text = f"【公告概要】\n{lines}\n【正文】\n{text}"
    if len(text) > MAX_TEXT:
        page.issues.append(Issue("size", f"{len(text)} characters of text", f"only the first {MAX_TEXT} were read"))
        text = text[:MAX_TEXT]
    page.text = text
    page.attachments = tuple(_attachments(elements, body, base_url))
    if not text.strip():
        detail = "the notice has no text" if body.find("img") is None else "the notice is an image"
        page.issues.append(Issue("layout", "not readable here", detail))
    return page


def _first(elements: Elements, selectors: Iterable[str]) -> str:
    for css in selectors:
        tag = elements.first(css)
        if tag is None:
            continue
        words = str(tag.get("content") or "") if tag.name == "meta" else tag.get_text(" ", strip=True)
        if words.strip():
            return " ".join(clean(words).split())
    return ""


def _pairs(block: Tag) -> list[tuple[str, str]]:
    """Label and value of a summary table: `td.title` and the cell after it."""
    out = []
    for cell in block.descendants:
        if not isinstance(cell, Tag) or not (cell.name == "th" or (cell.name == "td" and "title" in _classes(cell))):
            continue
        value = next((other for other in cell.next_siblings if isinstance(other, Tag)), None)
        label = "".join(_words(cell).split())
        if label and value is not None:
            words = _words(value, " ").strip()
            out.append((label, words if "  " in words else _BLANKS.sub(" ", words)))
    return out


class _Writer:
    """Collects lines. Text between two block borders is one line."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._line: list[str] = []
        self._size = 0

    def text(self) -> str:
        self._break()
        return "\n".join(self._out)

    def _break(self) -> None:
        if self._line:
            words = "".join(self._line).strip(" \n")
            if words:
                self._out.append(words)
                self._size += len(words)
            self._line = []

    def walk(self, root: Tag, whole_page: bool = False) -> None:
        """Write `root`'s text. The stack holds elements and, as None-tagged marks, the ends of blocks."""
        stack: list[PageElement | None] = [root]
        while stack:
            node = stack.pop()
            if node is None:
                self._break()
                continue
            if isinstance(node, NavigableString):
                if not isinstance(node, PreformattedString):  # comments, CDATA, doctypes
                    words = clean(node)
                    self._line.append(_BLANKS.sub(" ", words) if "  " in words or "\n" in words else words)
                continue
            if not isinstance(node, Tag) or self._size > MAX_TEXT:
                continue
            name = node.name
            if name == "br":
                self._break()
                continue
            if name in _SKIPPED or (node.attrs and _hidden(node, whole_page)):
                continue
            if name == "table" and self._table(node):
                continue
            if name in _BLOCKS:
                self._break()
                stack.append(None)
            stack.extend(reversed(node.contents))

    def _table(self, table: Tag) -> bool:
        """Write a data table row by row; False for a layout table, whose cells are blocks of their own."""
        rows: list[list[Tag]] = []
        for below in table.descendants:
            if not isinstance(below, Tag):
                continue
            if below.name == "table":
                return False
            if below.name == "tr":
                rows.append([cell for cell in below.contents if isinstance(cell, Tag) and cell.name in ("td", "th")])
        if max((len(row) for row in rows), default=0) < 2:
            return False
        if sum(len(row) for row in rows) > MAX_CELLS:
            rows = rows[: max(1, MAX_CELLS // max(len(row) for row in rows))]
        self._break()
        pending: dict[int, tuple[int, str]] = {}
        for row in rows:
            cells: list[str] = []
            tall: dict[int, tuple[int, str]] = {}
            queue = list(row)
            while queue or len(cells) in pending:
                column = len(cells)
                if column in pending:
                    left, words = pending[column]
                    if left > 1:
                        tall[column] = (left - 1, words)
                    cells.append(words)
                    continue
                cell = queue.pop(0)
                words = _cell(cell)
                span = _count(cell.get("rowspan"))
                if span > 1:
                    tall[column] = (span - 1, words)
                cells.append(words)
                if len(cells) > 200:
                    break
            pending = tall
            if any(cells):
                line = " | ".join(cells)
                self._out.append(f"{line} |" if len(cells) > 1 else line)
                self._size += len(line)
        return True


def _count(raw: object) -> int:
    words = str(raw or "1").strip()
    return min(int(words), 500) if words.isdigit() else 1


def _cell(cell: Tag) -> str:
    """A cell's words; the line breaks of a long one stay, since clauses and notes stand in cells too."""
    writer = _Writer()
    writer.walk(cell)
    words = writer.text().replace("|", "｜")
    return words if len(words) > 120 else words.replace("\n", " ")


def _hidden(node: Tag, whole_page: bool) -> bool:
    style = node.attrs.get("style")
    if style:
        words = str(style)
        found = _HIDDEN.search(words)
        on_colour = found and "color" in found.group().lower() and _BACKGROUND.search(words)
        if found and not (on_colour and not _WHITE.match(on_colour[1])):
            return True
    if "hidden" in node.attrs or node.attrs.get("type") == "hidden":
        return True
    if whole_page:
        marks = [*_classes(node), str(node.attrs.get("id") or "")]
        return node.name in {"nav", "footer", "header"} or any(_CHROME.search(mark) for mark in marks if mark)
    return False


def _attachments(elements: Elements, body: Tag, base_url: str | None) -> Iterable[Attachment]:
    """Files: summary rows with an id, links in the body, links without an extension behind 附件."""
    seen: set[tuple[str, str | None]] = set()
    links = elements.all("a.bizDownload")
    links += [a for a in elements.found("a") if a.attrs.get("href") and any(above is body for above in a.parents)]
    for link in links:
        name = " ".join(_words(link, " ").split()) or str(link.get("title") or "")
        href, key = str(link.get("href") or "").strip(), str(link.get("id") or "")
        if "bizDownload" in _classes(link):
            url: str | None = _OSS + key if key else None
        elif _FILE.search(name) or _DOWNLOAD.search(href):
            url = address(href, base_url)
        else:
            continue
        if name and (name, url) not in seen:
            seen.add((name, url))
            yield Attachment(name, url, needs_login=bool(re.search(r"login|登录", href, re.I)))


def address(href: str, base_url: str | None) -> str | None:
    """An absolute http(s) address, None for anything else (`javascript:`, `data:`, nothing)."""
    try:
        url = urljoin(base_url or "", href)
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    return url if scheme in {"http", "https"} else None
