# ruff: noqa: E501 (notices in Chinese read better whole; a wide character counts twice)
"""One notice in many dresses: however a portal prints its lines, numbers and tables, the same values come out.

The notices are constructed. A line that begins with a bar is a row of a table.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.reading import read_document
from crawler.reading.printed import as_schema
from crawler.text import fold

TENDER = """一、项目基本情况
项目编号：YXCG-2026-071
项目名称：云溪县环卫车辆采购项目
预算金额：1960000元
采购需求：
|包号|包名称|数量|单位|预算金额（元）|最高限价（元）|
|1|洗扫车|2|辆|1240000|1200000|
|2|压缩式垃圾车|1|辆|720000|700000|
本项目不接受联合体投标。
二、获取招标文件
时间：2026年05月06日至2026年05月12日，每天上午8:30至12:00，下午14:00至17:30（北京时间，法定节假日除外）
地点：云溪县公共资源交易网
方式：网上下载
售价：0元
三、提交投标文件截止时间、开标时间和地点
时间：2026年05月27日09时30分（北京时间）
地点：云溪县公共资源交易中心
四、公告期限
自本公告发布之日起5个工作日。
五、凡对本次招标提出询问，请按以下方式联系
1.采购人信息
名称：云溪县城市管理局
地址：云溪县滨河路1号
2.采购代理机构信息
名称：溪正招标代理有限公司
地址：云溪县人民路2号"""

AWARD = """一、项目编号：YXCG-2026-072
二、项目名称：云溪县公安局囚车采购
三、中标（成交）信息
|包号|供应商名称|供应商地址|中标（成交）金额|
|1|溪河专用汽车有限公司|河阳市工业路6号|398000.00元|
|2|北岸汽车销售有限公司|河阳市汽车城|216500.00元|
四、主要标的信息
|包号|名称|品牌|规格型号|数量|单价（元）|
|1|囚车|溪河|XH5040XQC6|1|398000|
|2|警用轿车|北岸|BA7002|1|216500|
五、公告期限
自本公告发布之日起1个工作日。
六、凡对本次公告内容提出询问，请按以下方式联系
1.采购人信息
名称：云溪县公安局
地址：云溪县平安路1号
2.采购代理机构信息
名称：溪正招标代理有限公司
地址：云溪县人民路2号"""

CORRECTION = """一、项目基本情况
原公告的采购项目编号：YXCG-2026-073
原公告的采购项目名称：云溪县医院救护车采购
首次公告日期：2026年06月01日
二、更正信息
更正事项：采购公告
更正内容：
|序号|更正项|更正前内容|更正后内容|
|1|提交投标文件截止时间|2026年06月23日09时00分|2026年06月30日09时00分|
|2|开标时间|2026年06月23日09时00分|2026年06月30日09时00分|
|3|最高限价|560000元|580000元|
更正日期：2026年06月10日
三、其他补充事宜
其他内容不变。
四、凡对本次公告内容提出询问，请按以下方式联系
1.采购人信息
名称：云溪县医院
地址：云溪县健康路1号
2.采购代理机构信息
名称：溪正招标代理有限公司
地址：云溪县人民路2号"""

NOTICES = {
    "tender": ("云溪县环卫车辆采购项目公开招标公告", TENDER),
    "award": ("云溪县公安局囚车采购中标公告", AWARD),
    "correction": ("云溪县医院救护车采购更正公告", CORRECTION),
}
_FIELDS = (
    "kind project_number project_name buyer agency budget_yuan ceiling_yuan documents_from documents_until bid_deadline opening_at "
    "consortium_allowed lots awards corrections items conflicts"
).split()
WANTED: dict[str, dict[str, Any]] = {
    "tender": {
        "kind": "tender",
        "project_number": "YXCG-2026-071",
        "buyer": "云溪县城市管理局",
        "agency": "溪正招标代理有限公司",
        "budget_yuan": 1960000,
        "ceiling_yuan": 1900000,
        "documents_from": "2026-05-06T08:30",
        "documents_until": "2026-05-12T17:30",
        "bid_deadline": "2026-05-27T09:30",
        "opening_at": "2026-05-27T09:30",
        "consortium_allowed": False,
    },
    "award": {"kind": "award", "project_number": "YXCG-2026-072", "buyer": "云溪县公安局"},
    "correction": {"kind": "correction", "project_number": "YXCG-2026-073", "buyer": "云溪县医院"},
}


def cells(row: str) -> list[str]:
    return row.strip("|").split("|")


def rows(text: str, write: Callable[[list[str]], str]) -> str:
    return "\n".join(write(cells(line)) if line.startswith("|") else line for line in text.split("\n"))


TABLES: dict[str, Callable[[str], str]] = {
    "bars": lambda text: rows(text, lambda row: " | ".join(row) + " |"),
    "one cell a line": lambda text: rows(text, "\n".join),
    "blanks": lambda text: rows(text, " ".join),
    "tabs": lambda text: rows(text, "\t".join),
}
_LABELS = "项目编号|项目名称|预算金额|时间|地点|方式|售价|名称|地址"
LINES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "value on the next line": lambda text: re.sub(rf"(?m)^({_LABELS})：", r"\1：\n", text),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "indented": lambda text: text.replace("\n", "\n\u3000\u3000"),
    "blanks inside labels": lambda text: re.sub(rf"(?m)^({_LABELS})(?=：)", lambda m: "\u00a0".join(m[0]), text),
    "boxed labels": lambda text: re.sub(rf"(?m)^({_LABELS})：", r"【\1】", text),
    "narrow signs": lambda text: text.translate(str.maketrans("（）：；，", "():;,")),
    "wide digits": lambda text: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "dates in pieces": lambda text: re.sub(
        r"(?m)^[^|\n].*", lambda m: re.sub(r"(\d{4})年(\d\d)月(\d\d)日", r"\1\n年\n\2\n月\n\3\n日", m[0]), text
    ),
    "no time zone": lambda text: text.replace("（北京时间）", ""),
}
NUMERALS = {"一、": "{}、", "1.": "{}.", "1、": "{}、", "（一）": "（{}）", "一.": "{}."}


def renumbered(text: str, style: str) -> str:
    def number(match: re.Match[str]) -> str:
        digit = "一二三四五六七八九".index(match[1]) + 1
        return NUMERALS[style].format(digit if style[0] == "1" else match[1])

    return re.sub(r"(?m)^([一二三四五六七八九])、", number, text)


def values(name: str, text: str) -> dict[str, Any]:
    (notice,) = read_document(title=NOTICES[name][0], text=text)
    printed = as_schema(notice)
    said = {field: printed[field] for field in _FIELDS if field not in ("lots", "items")} | {
        "lots": [(lot["no"], lot["budget_yuan"]) for lot in printed["lots"]],
        "items": [(item["name"], item["quantity"]) for item in printed["items"]],
    }
    folded: dict[str, Any] = json.loads(fold(json.dumps(said, ensure_ascii=False)))  # names stand as printed
    return folded


@pytest.fixture(scope="module")
def plain() -> dict[str, dict[str, Any]]:
    return {name: values(name, TABLES["bars"](text)) for name, (_, text) in NOTICES.items()}


@pytest.mark.parametrize("name", NOTICES)
def test_the_notices_say_what_they_are_meant_to_say(name: str, plain: dict[str, dict[str, Any]]) -> None:
    read = plain[name]
    assert {field: read[field] for field in WANTED[name]} == WANTED[name]
    assert not read["conflicts"]


def test_lots_winners_and_changes_of_the_plain_notices(plain: dict[str, dict[str, Any]]) -> None:
    assert plain["tender"]["lots"] == [["1", 1240000], ["2", 720000]]
    assert plain["tender"]["items"] == [["洗扫车", 2], ["压缩式垃圾车", 1]]
    won = [(award["lot"], award["supplier"], award["amount_yuan"]) for award in plain["award"]["awards"]]
    assert won == [("1", "溪河专用汽车有限公司", 398000), ("2", "北岸汽车销售有限公司", 216500)]
    changed = {row["field"]: (row["before"], row["after"]) for row in plain["correction"]["corrections"]}
    assert changed["bid_deadline"] == changed["opening_at"] == ("2026-06-23T09:00", "2026-06-30T09:00")
    assert changed["ceiling_yuan"] == (560000, 580000)


@given(name=st.sampled_from(sorted(NOTICES)), table=st.sampled_from(sorted(TABLES)), line=st.sampled_from(sorted(LINES)), numeral=st.sampled_from(sorted(NUMERALS)))  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_dress_of_a_notice_changes_nothing(
    name: str, table: str, line: str, numeral: str, plain: dict[str, dict[str, Any]]
) -> None:
    text = renumbered(TABLES[table](LINES[line](NOTICES[name][1])), numeral)
    assert values(name, text) == plain[name]
