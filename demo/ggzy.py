"""A replica of www.ggzy.gov.cn on loopback: the list's form and JSON, frames (A pages) and notices (B pages).

    python -m demo.ggzy --port 8001 --fault code=829

serves the sample world; `demo/answering.py` and `demo/faults.py` explain the faults. It shows
at most `clip` rows of a query, as the platform is reported to do.
"""

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from crawler.clock import SHANGHAI
from crawler.notice import Kind
from demo import pages
from demo.answering import AnsweringReplica, answer, main
from demo.faults import Fault, Reply, Scope
from demo.portal import stored
from demo.sample import Sample

LIST = "/information/pubTradingInfo/getTradList"
STAGES = {
    "0101": ("工程建设", "招标/资审公告"),
    "0201": ("政府采购", "采购/资审公告"),
    "0202": ("政府采购", "中标公告"),
    "0203": ("政府采购", "采购合同"),
    "0204": ("政府采购", "更正事项"),
    "9001": ("其他", "交易公告"),
}
STAGE_OF: dict[Kind, str] = {"award": "0202", "correction": "0204", "termination": "0204", "contract": "0203"}
PLATFORM = "示例市公共资源交易网"


@dataclass(frozen=True)
class Entry:
    """One notice on the platform."""

    id: str
    title: str
    published: datetime
    body: str = "<p>正文</p>"
    number: str = ""
    project: str = ""
    """Entries of one project share it: together they are its life line."""
    stage: str = "0201"
    province: str = "330000"
    source: str = "1"

    def path(self, letter: str) -> str:
        day = self.published.astimezone(SHANGHAI).strftime("%Y%m%d")
        return f"/information/deal/html/{letter}/{self.province}/{self.stage}/{day}/{self.id}.html"


def entry(sample: Sample) -> Entry:
    """A notice of the sample world as the platform carries it."""
    key = hashlib.sha256(sample.slug.encode()).hexdigest()[:36]
    stage = STAGE_OF.get(sample.kind, "0201")
    return Entry(key, sample.title, sample.published, sample.body, sample.number, sample.project, stage)


class GgzyReplica(AnsweringReplica):
    """Serves entries; more can be added while it runs."""

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        clip: int = 1000,
        page_size: int = 20,
        faults: Iterable[str | Fault] = (),
        port: int = 0,
    ) -> None:
        super().__init__(faults=faults, port=port)
        self.clip, self.size = clip, page_size
        self.entries: list[Entry] = []
        self.put(*entries)

    def put(self, *entries: Entry) -> None:
        """Publishes entries; one with a known id takes the place of the old one."""
        with self._lock:
            ids = {each.id for each in entries}
            self.entries = [each for each in self.entries if each.id not in ids] + list(entries)
            self.entries.sort(key=lambda each: (each.published, each.id), reverse=True)
            self._pages = {each.path(letter): (each, letter) for each in self.entries for letter in "ab"}

    def asked_for(self) -> list[str]:
        """The forms that were posted so far."""
        return [request.body.decode() for request in self.requests if request.method == "POST"]

    def kind_of(self, path: str) -> Scope:
        return "list" if path == LIST else "detail" if path in self._pages else "any"

    def first_page(self, asked: dict[str, str]) -> dict[str, str]:
        return asked | {"PAGENUMBER": "1"}

    def respond(self, path: str, asked: dict[str, str]) -> Reply:
        if path == LIST:
            return answer(self._list(asked))
        if found := self._pages.get(path):
            shown, letter = found
            html = self._frame(shown) if letter == "a" else notice(shown)
            return stored(html)
        return Reply(404, pages.missing().encode())

    def _list(self, asked: dict[str, str]) -> dict[str, Any]:
        if not asked.get("PAGENUMBER", "").isdigit() or "SOURCE_TYPE" not in asked:
            return {"code": 801, "message": "参数错误", "data": None}
        found = [each for each in self.entries if _fits(each, asked)][: self.clip]
        page = int(asked["PAGENUMBER"])
        shown = found[(page - 1) * self.size : page * self.size]
        data = {
            "records": [_record(each) for each in shown],
            "total": len(found),
            "size": self.size,
            "current": page,
            "pages": -(-len(found) // self.size),
        }
        return {"code": 200, "message": "success", "data": data}

    def _frame(self, shown: Entry) -> str:
        """The A page: the project's notices in tabs; the script variables belong to nobody."""
        tabs = []
        for stage, (_, name) in STAGES.items():
            life = [each for each in self.entries if shown.project and each.project == shown.project]
            rows = [
                f'<li><a href="javascript:;" title="{escape(each.title)}"\n onclick="showDetail(this, \'{stage}\','
                f"'{each.path('b')}')\">{escape(each.title)}</a><span>{each.published:%Y-%m-%d}</span></li>"
                for each in life or [shown]
                if each.stage == stage
            ]
            listed = "".join(rows) or "<li>暂无数据</li>"
            tabs.append((stage, name, f'<div id="div_{stage}"><ul class="fully_list">{listed}</ul></div>'))
        heads = "".join(f'<li id="t_{stage}">{name}</li>' for stage, name, _ in tabs)
        number = f"<span> 采购项目编号：{escape(shown.number)}</span>" if shown.number else ""
        return (
            f"<!doctype html><html><head><meta charset='UTF-8'><title>{escape(shown.title)}_交易公开</title>"
            "<script>var mysid = 'ffff'; var myareaId = '530000';</script></head><body><div class='fully'>"
            f"<h4 class='h4_o'>{escape(shown.title)}</h4><p class='p_o'>{number}"
            f"<span>信息来源：<label id='platformName'>{PLATFORM}</label></span></p>"
            f"<div class='fully_toggle'><ul class='ul_toggle'>{heads}</ul>"
            f"{''.join(body for *_, body in tabs)}</div></div>"
            f"<script>var firstLastUrl = '{shown.path('b')}';</script></body></html>"
        )


def _fits(each: Entry, asked: dict[str, str]) -> bool:
    day = each.published.astimezone(SHANGHAI).date().isoformat()
    return (
        asked["SOURCE_TYPE"] == each.source
        and asked.get("DEAL_STAGE", each.stage) == each.stage
        and asked.get("DEAL_PROVINCE", each.province) == each.province
        and asked.get("TIMEBEGIN", "") <= day <= asked.get("TIMEEND", "9999")
    )


def _record(each: Entry) -> dict[str, Any]:
    """A record in the platform's own shape; most of its fields are null."""
    business, information = STAGES[each.stage]
    return {
        "id": each.id,
        "addTime": None,
        "publishTime": each.published.astimezone(SHANGHAI).date().isoformat(),
        "deadline": None,
        "transactionSourcesPlatform": None,
        "transactionSourcesPlatformText": PLATFORM,
        "businessTypeText": business,
        "informationType": each.stage,
        "informationTypeText": information,
        "industryTypeText": "",
        "province": each.province,
        "provinceText": "示例省",
        "city": None,
        "title": each.title,
        "tenderProjectCode": None,
        "bodyContent": None,
        "url": each.path("a"),
    }


def notice(shown: Entry) -> str:
    """The B page."""
    return (
        "<!doctype html><html><head><meta charset='UTF-8'><title>全国公共资源交易平台</title></head><body>"
        f"<div class='detail'><h4 class='h4_o'>{escape(shown.title)}</h4><p class='p_o'>"
        f"<span>发布时间：{shown.published.astimezone(SHANGHAI):%Y-%m-%d %H:%M}</span>"
        f"<span>信息来源：<label id='platformName'>{PLATFORM}</label></span></p>"
        f'<div id="mycontent">{shown.body}</div></div><script>var recordTime = "2024-05-17 14:29:48";</script>'
        "</body></html>"
    )


if __name__ == "__main__":
    from demo.notices import world

    sys.exit(main("demo.ggzy", lambda port, faults: GgzyReplica(map(entry, world()), faults=faults, port=port)))
