"""A tender with people who work on it, frozen on 2026-11-20 09:00 Beijing time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest
import time_machine
from sqlalchemy import Connection, Engine, insert, select, update

from crawler.clock import SHANGHAI
from tests.tracker.pages import tender
from tracker import decisions
from tracker.db import insert_row
from tracker.documents.model import Place, Requirement
from tracker.documents.stored import DOCUMENT, DOCUMENT_VERSION, REQUIREMENT, values_of
from tracker.intake import take_page
from tracker.team.people import add_person

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
ENTITY = "远江示例汽车销售有限公司"
OTHER = "柳河示例汽车贸易有限公司"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")


@pytest.fixture
def project(database: Engine) -> int:
    """An open tender that 王小明 tracks; the deadline is 2026-12-03 09:30."""
    take_page(database, tender())
    with database.begin() as connection:
        for name in ("王小明", "李经理"):
            add_person(connection, name, None, NOW)
        decisions.mark(connection, "王小明", 1, "track")
    return 1


ASKED = (
    Requirement("qualification", "投标人须具有独立承担民事责任的能力。", Place("招标文件.docx", "第二章 1.1", 9)),
    Requirement(
        "technical", "★1.最高车速 | ≥160km/h", Place("招标文件.docx", "第三章 2.1", 17), mark="★", label="最高车速"
    ),
    Requirement("technical", "▲2.轴距 | ≥2800mm", Place("招标文件.docx", "第三章 2.1", 17), mark="▲", label="轴距"),
    Requirement("scoring", "售后服务 | 每有一个网点得1分，最高3分", Place("招标文件.docx", "第五章", 31), points=300),
    Requirement(
        "submission", "投标有效期：90日历天", Place("招标文件.docx", "第二章 3.4", 12), topic="submission.validity"
    ),
    Requirement(
        "submission",
        "开标后30分钟内使用加密时的CA数字证书完成解密。",
        Place("招标文件.docx", "第二章 5.2", 14),
        topic="submission.decryption",
    ),
)
"""What a short tender document asks."""


def shelve(connection: Connection, asked: Sequence[Requirement], number: int = 1, project: int = 1) -> None:
    """A version of 招标文件.docx on a project's shelf, read, with these requirements."""
    if number == 1:
        called = {"project_id": project, "key": "招标文件.docx", "name": "招标文件.docx", "first_seen_at": NOW}
        connection.execute(insert(DOCUMENT).values(**called))
    document = connection.scalar(select(DOCUMENT.c.id).where(DOCUMENT.c.project_id == project))
    values: dict[str, object] = {
        "document_id": document, "number": number, "name": "招标文件.docx", "hash": f"{number:064d}", "size": 1,
        "kind": "docx", "state": "read", "detail": "", "unread_pages": [], "reader_version": "1", "at": NOW,
    }  # fmt: skip
    version = insert_row(connection, DOCUMENT_VERSION, **values)
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document).values(version_id=version))
    of = {"project_id": project, "document_version_id": version}
    rows = [of | {"position": n} | values_of(each) for n, each in enumerate(asked)]
    connection.execute(insert(REQUIREMENT), rows)
