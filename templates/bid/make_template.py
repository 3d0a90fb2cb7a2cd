"""Makes papers.docx, the frame of a bid that docxtpl fills: `python templates/bid/make_template.py`.

Run it after a change here and commit both files; a test compares them. The papers are in Chinese whatever language the
interface speaks: that is what is handed in. Forms follow what tender documents commonly annex (the SME declaration is
annex 1 of 财库〔2020〕46号); the documents at hand decide.
"""
# ruff: noqa: E501  (one string is one paragraph of the Word file)

import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt, RGBColor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from wordkit import bookmark, entry, field, fill, flag, font, grid, nameless, shade, spacing

BLACK = RGBColor(0, 0, 0)
GREY = RGBColor(0x59, 0x59, 0x59)
WIDTH = 160
"""Millimetres between the margins of A4."""
DAY = "　　　　年　　月　　日"
SIGNED = (
    ("{{ papers.bidder_word }}名称（盖章）：{{ papers.bidder }}"),
    ("法定代表人或者授权代表（签字）：　　　　　　　　　"),
    (f"日期：{DAY}"),
)


def styles(document: Any) -> None:
    known = document.styles
    serif = {"latin": "Times New Roman", "asian": "SimSun"}
    sans = {"latin": "Arial", "asian": "SimHei"}
    font(known["Normal"], 12, BLACK, **serif)
    spacing(known["Normal"], 0, 0, 1.5)
    font(known["Title"], 26, BLACK, bold=True, **sans)
    spacing(known["Title"], 0, 18)
    known["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for border in known["Title"].element.pPr.findall(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}pBdr"
    ):
        known["Title"].element.pPr.remove(border)
    font(known["Heading 1"], 16, BLACK, bold=True, **sans)
    spacing(known["Heading 1"], 0, 12, 1.3)
    known["Heading 1"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    known["Heading 1"].paragraph_format.page_break_before = True
    font(known["Heading 2"], 13, BLACK, bold=True, **sans)
    spacing(known["Heading 2"], 10, 6, 1.3)
    for name, size, colour, asian in (
        ("Body", 12, BLACK, "SimSun"),
        ("Plain", 12, BLACK, "SimSun"),
        ("Signed", 12, BLACK, "SimSun"),
        ("Cell", 10.5, BLACK, "SimSun"),
        ("Cell head", 10.5, BLACK, "SimHei"),
        ("Note", 9.5, GREY, "SimSun"),
        ("Cover", 15, BLACK, "SimSun"),
        ("About", 11, BLACK, "SimSun"),
        ("Contents", 12, BLACK, "SimSun"),
    ):
        style = known.add_style(name, 1)
        style.base_style = known["Normal"]
        font(style, size, colour, latin="Times New Roman", asian=asian)
        spacing(style, 0, 0, 1.2 if name.startswith(("Note", "About")) else 1.6)
    known["About"].paragraph_format.space_after = Pt(3)
    known["Note"].paragraph_format.space_before = Pt(4)
    for name in ("Cell", "Cell head"):
        spacing(known[name], 2, 2, 1.15)
    known["Body"].paragraph_format.first_line_indent = Pt(24)
    known["Cover"].paragraph_format.left_indent = Mm(22)
    known["Signed"].paragraph_format.space_before = Pt(6)


PARTS: list[tuple[str, str, str]] = []
"""Bookmark, heading, and the test under which the part is there."""


def part(document: Any, name: str, title: str, test: str = "") -> None:
    """A part of the bid on a page of its own."""
    PARTS.append((name, title, test))
    if test:
        document.add_paragraph(f"{{%p if {test} %}}")
    bookmark(document.add_paragraph(title, style="Heading 1"), str(200 + len(PARTS)), name)


def end(document: Any) -> None:
    document.add_paragraph("{%p endif %}")


def to(document: Any) -> None:
    document.add_paragraph(
        "致：{{ papers.buyer or '（采购人）' }}{% if papers.agency %}、{{ papers.agency }}{% endif %}", style="Plain"
    )


def body(document: Any, *words: str) -> None:
    for each in words:
        document.add_paragraph(each, style="Body")


def signed(document: Any, words: tuple[str, ...] = SIGNED) -> None:
    """The seal, the signature and the day, on one page."""
    lines = [
        document.add_paragraph("", style="Plain"),
        *(document.add_paragraph(each, style="Signed") for each in words),
    ]
    for each in lines[:-1]:
        each.paragraph_format.keep_with_next = True


def about(document: Any) -> None:
    for words in (
        "项目名称：{{ papers.name }}",
        "项目编号：{{ papers.number }}{% if papers.lots %}　　包号：{{ papers.lots | join('、') }}{% endif %}",
    ):
        document.add_paragraph(words, style="About")


def below(document: Any, words: str) -> None:
    """A paragraph under a table, clear of its edge."""
    document.add_paragraph(words, style="Body").paragraph_format.space_before = Pt(10)


def rows(document: Any, loop: str, columns: list[tuple[float, str, str | list[tuple[str, str]]]]) -> None:
    """A ruled table with a repeated heading and a row for each turn of `loop`: (width in mm, heading, cell)."""
    made = document.add_table(rows=4, cols=len(columns))
    grid(made)
    for column, (width, heading, content) in enumerate(columns):
        made.columns[column].width = Mm(width)
        for row in made.rows:
            row.cells[column].width = Mm(width)
        fill(made.cell(0, column), [("Cell head", heading)])
        shade(made.cell(0, column), "F2F2F2")
        fill(made.cell(2, column), [("Cell", content)] if isinstance(content, str) else content)
    fill(made.cell(1, 0), f"{{%tr for {loop} %}}")
    fill(made.cell(3, 0), "{%tr endfor %}")
    flag(made.rows[0], "tblHeader")
    flag(made.rows[2], "cantSplit")
    made.rows[2].height = Mm(9)


def form(document: Any, lines: list[tuple[str, str]], first: float = 45) -> None:
    """A table of two columns: what is asked, what we write."""
    made = document.add_table(rows=len(lines), cols=2)
    grid(made)
    for row, (name, content) in zip(made.rows, lines, strict=True):
        row.cells[0].width, row.cells[1].width = Mm(first), Mm(WIDTH - first)
        fill(row.cells[0], [("Cell head", name)])
        shade(row.cells[0], "F2F2F2")
        fill(row.cells[1], [("Cell", content)])


def note(document: Any, words: str) -> None:
    document.add_paragraph(words, style="Note")


# --- the parts ------------------------------------------------------------------------------------------------------


def cover(document: Any) -> None:
    for _line in range(4):
        document.add_paragraph("", style="Plain")
    document.add_paragraph("{{ papers.title }}", style="Title")
    document.add_paragraph(
        "（{% if papers.copy %}{{ papers.copy }}{% else %}正本 / 副本{% endif %}）", style="Plain"
    ).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for _line in range(4):
        document.add_paragraph("", style="Plain")
    for words in (
        "项目名称：{{ papers.name }}",
        "项目编号：{{ papers.number }}",
        "{% if papers.lots %}包　　号：{{ papers.lots | join('、') }}{% else %}包　　号：　　　　{% endif %}",
        "{{ papers.bidder_word }}：{{ papers.bidder }}（盖章）",
        "法定代表人或者授权代表：　　　　　　（签字）",
        f"日　　期：{DAY}",
    ):
        document.add_paragraph(words, style="Cover")


def contents(document: Any) -> None:
    heading = document.add_paragraph("目　录", style="Heading 1")
    heading.paragraph_format.page_break_before = True
    for name, title, test in PARTS:
        if test:
            document.add_paragraph(f"{{%p if {test} %}}")
        entry(document, title, name, WIDTH)
        if test:
            document.add_paragraph("{%p endif %}")
    note(
        document,
        "格式以采购文件所附为准，与其不同的以其为准；空白和〔〕处由{{ papers.bidder_word }}填写。递交前删除本行，并更新目录页码（Word：全选后按 F9）。",
    )


def letter(document: Any) -> None:
    part(document, "letter", "{{ papers.letter }}")
    to(document)
    body(
        document,
        "根据贵方{{ papers.name }}（项目编号：{{ papers.number }}）的采购文件，我方{{ papers.bidder }}正式授权下述签字人〔姓名、职务〕提交{{ papers.title }}，并声明如下：",
        "一、我方已详细阅读采购文件及全部更正、澄清文件，完全理解并同意放弃对这方面有不明及误解的权利。",
        "二、我方的报价为人民币{% if papers.price %}{{ papers.price_words }}（¥{{ papers.price_figures }}）{% else %}〔大写〕（¥〔小写〕）{% endif %}，已包含采购文件要求我方承担的全部费用。",
        "三、我方{{ papers.act }}有效期为自提交截止之日起{% if papers.validity_days %} {{ papers.validity_days }} 日{% else %}〔　　〕日{% endif %}，在此期间对我方具有约束力。",
        "四、我方与本项目其他{{ papers.bidder_word }}之间不存在单位负责人为同一人或者控股、管理关系，未与他人串通，独立编制本{{ papers.title }}。",
        "五、如我方成交（中标），将按采购文件和本{{ papers.title }}的承诺签订并履行合同，按期按质交付。",
        "六、我方提供的全部材料真实、有效，并承担由此产生的法律责任。",
        "七、与本{{ papers.act }}有关的一切往来：地址〔　　〕，电话〔　　〕，电子邮件〔　　〕，联系人〔　　〕。",
    )
    signed(document)


def summary(document: Any) -> None:
    part(document, "summary", "{{ papers.summary }}")
    about(document)
    rows(
        document,
        "item in papers.items",
        [
            (14, "包号", "{{ item.lot }}"),
            (50, "标的名称", "{{ item.name }}"),
            (16, "数量", "{{ item.quantity }}{{ item.unit }}"),
            (32, "报价（元）", ""),
            (26, "交货期", "{{ item.delivery }}"),
            (22, "备注", ""),
        ],
    )
    total = document.add_paragraph(
        "报价合计（大写）：{% if papers.price %}{{ papers.price_words }}{% else %}　　　　　　　　　　{% endif %}　　（小写）：¥{% if papers.price %}{{ papers.price_figures }}{% else %}　　　　　　{% endif %}",
        style="Plain",
    )
    total.paragraph_format.space_before = Pt(8)
    note(
        document,
        "大写与小写不一致的以大写为准；本表与分项报价表不一致的以本表为准（87号令第59条）。不得超过预算和最高限价{% if papers.ceiling %}：{{ papers.ceiling }}{% endif %}。",
    )
    signed(document)


def prices(document: Any) -> None:
    part(document, "prices", "分项报价表")
    about(document)
    rows(
        document,
        "item in papers.items",
        [
            (13, "序号", "{{ loop.index }}"),
            (39, "名称", "{% if item.lot %}包{{ item.lot }} {% endif %}{{ item.name }}"),
            (30, "品牌、公告型号", ""),
            (26, "制造商", ""),
            (14, "数量", "{{ item.quantity }}{{ item.unit }}"),
            (19, "单价（元）", ""),
            (19, "合价（元）", ""),
        ],
    )
    document.add_paragraph("每辆价格构成（元）", style="Heading 2")
    rows(
        document,
        "item in papers.items",
        [
            (34, "名称", "{{ item.name }}"),
            (18, "裸车价", ""),
            (18, "改装、上装", ""),
            (18, "购置税", ""),
            (18, "上牌", ""),
            (18, "保险", ""),
            (18, "运输", ""),
            (18, "小计", ""),
        ],
    )
    note(document, "采购文件没有要求由我方承担的项目写“不含”；各行小计与单价一致，各单价乘数量与合价一致。")
    signed(document)


def stars(document: Any) -> None:
    part(document, "stars", "实质性响应一览表（★）", "papers.stars")
    about(document)
    answers(document, "row in papers.stars")
    signed(document)
    end(document)


def answers(document: Any, loop: str) -> None:
    rows(
        document,
        loop,
        [
            (11, "序号", "{{ loop.index }}"),
            (
                69,
                "采购文件要求",
                [
                    ("Cell", "{% if row.lot %}〔包{{ row.lot }}〕{% endif %}{{ row.words }}"),
                    ("Note", "{{ row.place_asked }}"),
                ],
            ),
            (40, "{{ papers.act }}响应", "{% if row.again %}〔须重新核对〕{% endif %}{{ row.answer }}"),
            (16, "偏离", "{{ deviation[row.deviation] }}"),
            (24, "证明、页码", "{{ row.place }}{% if row.evidence %}\n{{ row.evidence }}{% endif %}"),
        ],
    )


def deviations(document: Any) -> None:
    for name, title, loop in (
        ("technical", "技术偏离表", "papers.technical"),
        ("commercial", "商务偏离表", "papers.commercial"),
    ):
        part(document, name, title)
        about(document)
        answers(document, f"row in {loop}")
        note(document, "逐条填写：满足、正偏离、负偏离；不得只写“响应”或者照抄要求。没有列入的条款视为满足。")
        signed(document)


def scores(document: Any) -> None:
    part(document, "scores", "评分索引表", "papers.scores")
    about(document)
    rows(
        document,
        "row in papers.scores",
        [
            (13, "序号", "{{ loop.index }}"),
            (81, "评分内容", "{{ row.words }}"),
            (16, "分值", "{% if row.points is not none %}{{ number(row.points / 100) }}{% endif %}"),
            (50, "证明、页码", "{{ row.place }}{% if row.evidence %}\n{{ row.evidence }}{% endif %}"),
        ],
    )
    end(document)


def qualification(document: Any) -> None:
    part(document, "qualification", "资格性、符合性审查对照表")
    about(document)
    rows(
        document,
        "row in papers.qualification",
        [
            (13, "序号", "{{ loop.index }}"),
            (87, "采购文件要求", "{{ row.words }}"),
            (60, "证明、页码", "{{ row.place }}{% if row.evidence %}\n{{ row.evidence }}{% endif %}"),
        ],
    )


def persons(document: Any) -> None:
    part(document, "head", "法定代表人身份证明")
    form(
        document,
        [
            ("单位名称", "{{ papers.bidder }}"),
            ("统一社会信用代码", ""),
            ("地址", ""),
            ("法定代表人", "姓名：　　　　　性别：　　　　　职务："),
            ("身份证号码", ""),
        ],
    )
    below(document, "系{{ papers.bidder }}的法定代表人。特此证明。（附身份证正反面复印件）")
    signed(document, ("{{ papers.bidder_word }}名称（盖章）：{{ papers.bidder }}", f"日期：{DAY}"))
    part(document, "power", "法定代表人授权书")
    to(document)
    body(
        document,
        "本授权书声明：〔法定代表人姓名〕系{{ papers.bidder }}的法定代表人，现授权〔被授权人姓名、职务、身份证号码〕为我方代理人，以我方名义办理{{ papers.name }}（项目编号：{{ papers.number }}）的{{ papers.act }}、开标（开启）、澄清、说明、补正、{% if papers.rounds %}谈判（磋商）、最后报价、{% endif %}签订合同和处理与之有关的一切事务，其法律后果由我方承担。",
        "本授权书自签署之日起生效，至{% if papers.valid_until %} {{ papers.valid_until }} {% else %}〔不早于{{ papers.act }}有效期届满之日〕{% endif %}止。代理人无转委托权。（附双方身份证正反面复印件）",
    )
    signed(
        document,
        (
            "{{ papers.bidder_word }}名称（盖章）：{{ papers.bidder }}",
            "法定代表人（签字或者盖章）：　　　　　　　　被授权人（签字）：",
            f"日期：{DAY}",
        ),
    )


def declarations(document: Any) -> None:
    part(document, "promise", "资格承诺函", "papers.gp")
    to(document)
    body(
        document,
        "我方{{ papers.bidder }}郑重承诺，符合《中华人民共和国政府采购法》第二十二条规定的条件：",
        "（一）具有独立承担民事责任的能力；（二）具有良好的商业信誉和健全的财务会计制度；（三）具有履行合同所必需的设备和专业技术能力；（四）有依法缴纳税收和社会保障资金的良好记录；（五）参加政府采购活动前三年内，在经营活动中没有重大违法记录；（六）法律、行政法规规定的其他条件。",
        "我方未被列入失信被执行人、重大税收违法失信主体、政府采购严重违法失信行为记录名单。上述承诺如有虚假，我方愿承担由此产生的一切法律责任。",
    )
    signed(document)
    end(document)

    part(document, "related", "单位负责人、控股和管理关系声明")
    to(document)
    body(
        document,
        "我方{{ papers.bidder }}声明：单位负责人为〔姓名〕；持股（出资）百分之五十以上的股东为〔名称、比例〕；我方控股的单位为〔名称或者无〕；与我方存在管理、被管理关系的单位为〔名称或者无〕。",
        "上述单位均未参加本项目（同一包）的{{ papers.act }}。我方没有为本项目提供整体设计、规范编制或者项目管理、监理、检测等服务。",
    )
    signed(document)

    part(document, "sme", "中小企业声明函（货物）", "papers.gp")
    body(
        document,
        "本公司郑重声明，根据《政府采购促进中小企业发展管理办法》（财库〔2020〕46号）的规定，本公司参加{{ papers.buyer or '〔单位名称〕' }}的{{ papers.name }}采购活动，提供的货物全部由符合政策要求的中小企业制造。相关企业的具体情况如下：",
    )
    document.add_paragraph("{%p for item in papers.items %}")
    body(
        document,
        "{{ loop.index }}.（{{ item.name }}），属于〔采购文件中明确的所属行业〕行业；制造商为〔企业名称〕，从业人员〔　　〕人，营业收入为〔　　〕万元，资产总额为〔　　〕万元，属于〔中型企业、小型企业、微型企业〕；",
    )
    document.add_paragraph("{%p endfor %}")
    body(
        document,
        "以上企业，不属于大企业的分支机构，不存在控股股东为大企业的情形，也不存在与大企业的负责人为同一人的情形。",
        "本企业对上述声明内容的真实性负责。如有虚假，将依法承担相应责任。",
    )
    note(
        document,
        "写的是制造商，不是经销商；改装车以合格证和商标所属的制造商为准。从业人员、营业收入、资产总额填报上一年度数据，无上一年度数据的新成立企业可不填报。制造商不是中小企业的，删除本函。",
    )
    signed(document, ("企业名称（盖章）：{{ papers.bidder }}", f"日期：{DAY}"))
    end(document)

    part(document, "domestic", "关于符合本国产品标准的声明函", "papers.gp")
    body(
        document,
        "本公司郑重声明，本公司参加{{ papers.name }}（项目编号：{{ papers.number }}）采购活动提供的下列产品符合本国产品标准：",
    )
    rows(
        document,
        "item in papers.items",
        [
            (13, "序号", "{{ loop.index }}"),
            (58, "产品名称", "{{ item.name }}"),
            (45, "制造商、生产厂址", ""),
            (45, "规格型号", ""),
        ],
    )
    below(document, "本公司对上述声明内容的真实性负责。如有虚假，将依法承担相应责任。")
    note(document, "格式以现行文件和采购文件所附为准；不得作为资格条件。")
    signed(document, ("企业名称（盖章）：{{ papers.bidder }}", f"日期：{DAY}"))
    end(document)


def promises(document: Any) -> None:
    part(document, "schedule", "履约进度计划表")
    rows(
        document,
        "step in papers.schedule",
        [(13, "序号", "{{ loop.index }}"), (70, "阶段", "{{ step }}"), (40, "完成时间", ""), (38, "负责人", "")],
    )
    part(document, "service", "实施方案、质量保证和售后服务")
    for title in (
        "一、供货与交付",
        "二、质量保证（整车、三电、上装）",
        "三、售后网点和响应时间",
        "四、培训",
        "五、备件和易损件价格",
    ):
        document.add_paragraph(title, style="Heading 2")
        body(document, "〔　　〕")
    part(document, "fee", "代理服务费支付承诺书", "papers.fee")
    to(document)
    body(
        document,
        "我方{{ papers.bidder }}承诺：如在{{ papers.name }}（项目编号：{{ papers.number }}）中成交（中标），按采购文件规定的标准和时间向代理机构支付服务费{% if papers.fee %}（{{ papers.fee }}）{% endif %}。",
    )
    signed(document)
    end(document)
    part(document, "proofs", "证明材料")
    body(
        document,
        "按目录顺序附后：营业执照；公告目录页；CCC证书；环保信息公开；检验报告；减免税目录页；合格证样张；实车照片和配置表；制造商授权书（要求时）；业绩合同、验收和发票；售后网点证明。",
    )


def make() -> Any:
    PARTS.clear()
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(27), Mm(23)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.header_distance, section.footer_distance = Mm(12), Mm(11)
    section.different_first_page_header_footer = True
    styles(document)
    head = section.header.paragraphs[0]
    head.style = "Note"
    head.add_run("{{ papers.bidder }}　{{ papers.name }}（{{ papers.number }}）")
    foot = section.footer.paragraphs[0]
    foot.style, foot.alignment = "Note", WD_ALIGN_PARAGRAPH.CENTER
    field(foot, "PAGE")
    foot.add_run(" / ")
    field(foot, "NUMPAGES")
    cover(document)
    at = len(document.element.body)
    for write in (letter, summary, prices, stars, deviations, scores, qualification, persons, declarations, promises):
        write(document)
    # The contents know the parts only now; they stand before them.
    before = document.element.body[at - 2]
    count = len(document.element.body)
    contents(document)
    made = list(document.element.body)[count - 1 : -1]
    for element in reversed(made):
        before.addnext(element)
    nameless(document)
    return document


if __name__ == "__main__":
    make().save(str(Path(__file__).with_name("papers.docx")))
