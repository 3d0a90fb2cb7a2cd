"""The frame of our bid as a Word file: letter, price tables, deviation tables filled from the matrix, declarations.

It is in Chinese whatever the interface speaks, since it is handed in. What the tool does not know is left blank between
〔 〕; the forms annexed to the documents at hand decide. The file names the bidding entity and nobody else.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined
from sqlalchemy import Connection

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker import present
from tracker.bidding import bids
from tracker.bidding.matrix import Answer, matrix
from tracker.bidding.readiness import ready
from tracker.checklist.build import build
from tracker.checklist.model import Checklist
from tracker.decisions import Mistake
from tracker.i18n import _, language
from tracker.pages import templates
from tracker.tables import Deviation

TALKS = {"negotiation", "consultation", "inquiry", "single_source", "enterprise"}
"""Methods in which one answers (响应) and does not bid (投标)."""
ROUNDS = {"negotiation", "consultation", "single_source", "enterprise"}
COMMERCIAL = {"commercial", "delivery", "warranty", "payment", "contract", "price", "deposit"}
DEVIATION: Final[dict[Deviation, str]] = {
    "": "",
    "met": "满足",
    "better": "正偏离",
    "worse": "负偏离",
    "none": "不响应",
}
SCHEDULE = ("合同签订", "排产", "改装、上装", "出厂检验", "运输", "上牌", "交付、验收", "培训", "质保期服务")


@dataclass(frozen=True)
class Item:
    """Goods of a lot we bid for."""

    name: str
    quantity: str
    unit: str
    lot: str
    delivery: str = ""


@dataclass(frozen=True)
class Papers:
    project_id: int
    made_at: datetime
    name: str
    number: str
    buyer: str
    agency: str
    bidder: str
    lots: tuple[str, ...]
    title: str
    """投标文件, 响应文件 or 资格预审申请文件."""
    letter: str
    summary: str
    bidder_word: str
    act: str
    rounds: bool
    gp: bool
    price: int | None
    """Hundredths of CNY."""
    price_words: str
    price_figures: str
    ceiling: str
    copy: str
    validity_days: int | None
    valid_until: date | None
    fee: str
    items: tuple[Item, ...]
    stars: tuple[Answer, ...]
    technical: tuple[Answer, ...]
    commercial: tuple[Answer, ...]
    scores: tuple[Answer, ...]
    qualification: tuple[Answer, ...]
    schedule: tuple[str, ...] = SCHEDULE


def papers(connection: Connection, identity: int, at: datetime) -> Papers:
    """What the frame is filled with. Raises Mistake where there is no project, or no bid that names the entity."""
    with language("zh_CN"):
        checklist, rows = build(connection, identity, at), matrix(connection, identity, at)
        entity = bids.entity(connection, checklist.project_id)
        if not entity:
            raise Mistake(
                _("there is no bid for project {id}; open one: `chebiao project bid open {id} --bidder NAME`").format(
                    id=checklist.project_id
                )
            )
        found = ready(connection, identity, at)
    held = [each for each in bids.bids_of(connection, checklist.project_id) if each.status != "withdrawn"]
    prices = [each.price for each in held if each.proceeding == checklist.proceeding]
    price = sum(each for each in prices if each is not None) if prices and None not in prices else None
    answers, prequalifies = checklist.method in TALKS, checklist.phase == "qualification"
    deadline = found.deadline.astimezone(SHANGHAI).date() if found.deadline else None
    ours = [row for row in rows.ours if row.kind != "void" and not row.unplaced]
    return Papers(
        project_id=checklist.project_id,
        made_at=at,
        name=checklist.name,
        number=checklist.number,
        buyer=checklist.buyer,
        agency=checklist.agency,
        bidder=entity,
        lots=rows.lots,
        title="资格预审申请文件" if prequalifies else "响应文件" if answers else "投标文件",
        letter="资格预审申请函" if prequalifies else "响应承诺函" if answers else "投标函",
        summary="首轮报价表" if checklist.method in ROUNDS else "报价一览表" if answers else "开标一览表",
        bidder_word="申请人" if prequalifies else "供应商" if answers else "投标人",
        act="申请" if prequalifies else "响应" if answers else "投标",
        rounds=checklist.method in ROUNDS,
        gp=checklist.regime in ("GP", ""),
        price=price,
        price_words=rmb(price) if price is not None else "",
        price_figures=f"{price / 100:,.2f}" if price is not None else "",
        ceiling=_ceiling(checklist, rows.lots),
        copy="",
        validity_days=(found.valid_until - deadline).days if found.valid_until and deadline else None,
        valid_until=found.valid_until,
        fee=_said(checklist, "terms.agency-fee"),
        items=_items(checklist, rows.lots),
        stars=tuple(row for row in ours if row.mark == "★"),
        technical=tuple(row for row in ours if row.kind == "technical"),
        commercial=tuple(row for row in ours if row.kind in COMMERCIAL),
        scores=tuple(row for row in ours if row.kind == "scoring"),
        qualification=tuple(row for row in ours if row.kind in ("qualification", "conformity")),
    )


def rmb(hundredths: int) -> str:
    """The sum in words as a bid writes it: 壹佰柒拾伍万元整."""
    import cn2an  # here, since it takes a quarter of a second

    words: str = cn2an.an2cn(f"{hundredths / 100:.2f}", "rmb")
    return words


def _items(checklist: Checklist, lots: tuple[str, ...]) -> tuple[Item, ...]:
    delivery = one_line(_said(checklist, "supply.delivery"), 40)
    period = re.search(r"\d+\s*(?:个)?(?:日历)?(?:工作日|日|天|个?月)内?", delivery)
    goods = [each for each in checklist.goods if not lots or not each.lot or each.lot in lots]
    return tuple(
        Item(each.name, present.count(each.quantity), each.unit, each.lot, period[0] if period else "")
        for each in goods
    ) or (Item("", "", "", ""),)


def _ceiling(checklist: Checklist, lots: tuple[str, ...]) -> str:
    """The limits a price must not pass, as far as they are known."""
    mine = [lot for lot in checklist.lots if not lots or lot.no in lots]
    said = [f"包{lot.no} {present.money(lot.ceiling or lot.budget)}" for lot in mine if lot.ceiling or lot.budget]
    if said:
        return "，".join(said)
    amounts = {each.kind: each.hundredths for each in checklist.amounts}
    return present.money(amounts.get("ceiling") or amounts.get("budget"))


def _said(checklist: Checklist, item: str) -> str:
    """The first quotation of a line."""
    line = next((each for each in checklist.lines if each.id == item), None)
    return line.says[0].words if line is not None and line.says else ""


def word(frame: Papers) -> bytes:
    """The Word file, made from templates/bid/papers.docx."""
    made = DocxTemplate(templates() / "bid" / "papers.docx")
    # docxtpl's own environment escapes nothing and prints nothing for a missing name (pitfalls JJ4).
    inner = Environment(autoescape=True, undefined=StrictUndefined)
    values: dict[str, Any] = {"papers": frame, "deviation": DEVIATION, "number": present.count}
    made.render(values, jinja_env=inner, autoescape=True)
    properties = made.docx.core_properties
    properties.title = one_line(f"{frame.name} {frame.title}", 250)
    properties.author = properties.last_modified_by = frame.bidder
    properties.comments = properties.keywords = properties.subject = properties.category = ""
    properties.created = properties.modified = frame.made_at
    properties.revision = 1
    file = BytesIO()
    made.save(file)
    return file.getvalue()
