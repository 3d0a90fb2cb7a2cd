"""The official notice formats (财办库〔2020〕50号) as builders of samples: one function a type.

Each prints sections and labels as its type has them, values as the project's template writes them, and the portal's
summary with the rows of the type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crawler.clock import SHANGHAI
from crawler.notice import Kind
from demo.pages import stamp
from demo.sample import TEMPLATES, Area, Block, Field, File, Grid, Sample, Section, Template, Vehicles

Negotiated = Literal["negotiation", "consultation", "inquiry"]
NEGOTIATED: dict[Negotiated, tuple[str, str]] = {
    "negotiation": ("jzxtpgg", "竞争性谈判"),
    "consultation": ("jzxcs", "竞争性磋商"),
    "inquiry": ("xjgg", "询价"),
}
SQUARE = "满足《中华人民共和国政府采购法》第二十二条规定"


@dataclass(frozen=True)
class Party:
    """A buyer, an agency or a supplier. Invented; telephone numbers are zeros."""

    name: str
    address: str
    person: str = "王某"
    phone: str = "000-00000000"


@dataclass(frozen=True)
class Item:
    name: str
    quantity: int
    unit: str
    need: str = ""
    code: str = ""
    """品目 with its code: `A02030610 警车`."""


@dataclass(frozen=True)
class Lot:
    name: str
    budget: int
    """Yuan."""
    items: tuple[Item, ...]
    no: str = ""


@dataclass(frozen=True)
class Project:
    """One purchase. Its notices share number, parties and template."""

    key: str
    number: str
    name: str
    buyer: Party
    agency: Party | None
    region: str
    """行政区域 of the portal."""
    lots: tuple[Lot, ...]
    """One lot without a number where the project is not divided."""
    area: Area = "dfgg"
    template: Template = "central"
    category: str = ""
    ceiling: int | None = None
    vehicles: Vehicles = "no"
    platform: str = "http://zfcg.example.cn"
    qualification: str = "本项目不属于专门面向中小企业采购的项目。"
    special: tuple[str, ...] = ("本项目无特定资格要求。",)
    delivery: str = "合同签订后60日内交货。"
    consortium: bool = False

    @property
    def budget(self) -> int:
        return sum(lot.budget for lot in self.lots)

    @property
    def subject(self) -> str:
        """What is bought, as the lead sentence puts it before 招标项目."""
        return self.name.removesuffix("项目").removesuffix("采购")

    @property
    def divided(self) -> bool:
        return any(lot.no for lot in self.lots)


def cn_date(day: date) -> str:
    return f"{day:%Y年%m月%d日}"


def moment(at: datetime, template: Template) -> str:
    """A date and time in the words of the template."""
    return {
        "central": f"{at:%Y年%m月%d日} {at:%H}点{at:%M}分",
        "zcy": f"{at:%Y年%m月%d日} {at:%H:%M}",
        "gpcms": f"{at:%Y-%m-%d %H:%M}:00",
        "table": f"{at:%Y年%m月%d日%H时%M分}",
    }[template]


def wan(yuan: int) -> str:
    return f"{yuan / 10_000:.6f}"


def _money(label: str, yuan: int, template: Template) -> Field:
    """An amount in the words of the template; 政采云 prints the unit in the label."""
    match template:
        case "zcy":
            return Field(f"{label}（元）", str(yuan))
        case "gpcms":
            return Field(label, f"{yuan:,}.00元")
        case "table":
            return Field(label, f"{yuan / 10_000:g}万元")
    return Field(label, f"{wan(yuan)} 万元（人民币）")


def _hours(first: date, last: date, template: Template) -> str:
    """The window for obtaining documents with its daily hours."""
    if template in {"central", "table"}:
        days = f"{cn_date(first)} 至 {cn_date(last)}"
        return f"{days}，每天上午9:00至12:00，下午13:30至17:00。（北京时间，法定节假日除外）"
    days = f"{first.isoformat()} 至 {last.isoformat()}"
    return f"{days}，每天上午00:00:00至12:00:00，下午12:00:00至23:59:59（北京时间，法定节假日除外）"


def _window(first: date, last: date, template: Template) -> str:
    """The same window as the portal's summary prints it."""
    hours = (
        "每日上午:9:00 至 12:00  下午:13:30 至 17:00"
        if template in {"central", "table"}
        else "每日上午:00:00 至 12:00  下午:12:00 至 23:59"
    )
    return f"{cn_date(first)}至{cn_date(last)}\n{hours}（北京时间，法定节假日除外）"


def _needs(project: Project) -> list[Block]:
    """采购需求, by lots, in the manner of the template."""
    if project.template == "gpcms":
        blocks: list[Block] = []
        for n, lot in enumerate(project.lots, 1):
            label = f"采购包{lot.no or n}({lot.name}):"
            things = tuple(
                (f"{n}-{m}", i.code or "A99000000 其他", i.name, f"{i.quantity}({i.unit})", "否", i.need)
                for m, i in enumerate(lot.items, 1)
            )
            header = ("品目号", "品目编码及品目名称", "采购标的", "数量（单位）", "允许进口", "简要需求或要求")
            blocks += [label, Field("采购包预算金额", f"{lot.budget:,}.00元"), Grid(header, things)]
        return blocks
    if project.template == "zcy":
        blocks = []
        for n, lot in enumerate(project.lots, 1):
            if project.divided:
                blocks.append(Field("标项名称", f"标项{lot.no or n} {lot.name}"))
            else:
                blocks.append(Field("标项名称", lot.name))
            blocks += [
                Field("数量", str(sum(i.quantity for i in lot.items))),
                Field("预算金额（元）", str(lot.budget)),
                Field(
                    "简要规格描述或项目基本概况介绍、用途",
                    "；".join(f"{i.name}{i.quantity}{i.unit}，{i.need}" for i in lot.items),
                ),
            ]
        return blocks
    if project.template == "table":
        rows = tuple(
            (f"第{lot.no}包" if lot.no else "1", i.name, f"{i.quantity}{i.unit}", f"{lot.budget / 10_000:g}", i.need)
            for lot in project.lots
            for i in lot.items
        )
        return [Grid(("包号", "标的名称", "数量", "预算金额（万元）", "简要技术需求"), rows)]
    if not project.divided:
        return [f"采购需求：{i.name}{i.quantity}{i.unit}。{i.need}" for i in project.lots[0].items]
    return [
        f"第{lot.no}包：{lot.name}，预算金额{wan(lot.budget)}万元。"
        + "；".join(f"{i.name}{i.quantity}{i.unit}，{i.need}" for i in lot.items)
        for lot in project.lots
    ]


def _basics(project: Project, method: str, with_method: bool = True) -> Section:
    blocks: list[Block] = [
        Field("项目编号", project.number, "00004"),
        Field("项目名称", project.name, "00003"),
    ]
    if with_method:
        blocks.append(Field("采购方式", method))
    blocks.append(_money("预算金额", project.budget, project.template))
    if project.ceiling is not None:
        blocks.append(_money("最高限价", project.ceiling, project.template))
    blocks += [
        *_needs(project),
        Field("合同履行期限", project.delivery),
        f"本项目（{'是' if project.consortium else '否'}）接受联合体投标。",
    ]
    return Section("项目基本情况", tuple(blocks))


def _applicants(project: Project) -> Section:
    marks = tuple(f"（{n}）{line}" for n, line in enumerate(project.special, 1))
    return Section(
        "申请人的资格要求",
        (
            f"1.{SQUARE}；",
            f"2.落实政府采购政策需满足的资格要求：{project.qualification}",
            "3.本项目的特定资格要求：",
            *marks,
        ),
    )


def _contacts(project: Project, what: str) -> Section:
    buyer, agency = project.buyer, project.agency
    blocks: list[Block] = [
        "1.采购人信息",
        Field("名 称", buyer.name, "00014"),
        Field("地 址", buyer.address, "00018"),
        Field("联系方式", f"{buyer.person} {buyer.phone}", "00016"),
    ]
    if agency:
        blocks += [
            "2.采购代理机构信息",
            Field("名 称", agency.name, "00009"),
            Field("地　址", agency.address, "00013"),
            Field("联系方式", f"{agency.person} {agency.phone}", "00011"),
        ]
    leader = agency or buyer
    blocks += ["3.项目联系方式", Field("项目联系人", leader.person), Field("电　话", leader.phone)]
    return Section(what, tuple(blocks))


def summary(
    project: Project, published: datetime, rows: Sequence[tuple[str, str]] = (), name: str | None = None
) -> tuple[tuple[str, str], ...]:
    """公告概要: the common rows, those of the type, the contacts."""
    buyer, agency = project.buyer, project.agency
    leader = agency or buyer
    head = (
        ("#公告信息", ""),
        ("采购项目名称", name or project.name),
        # 政采云 delivers no category.
        ("品目", "" if project.template == "zcy" else project.category),
        ("采购单位", buyer.name),
        ("行政区域", project.region),
        ("|公告时间", stamp(published)),
    )
    tail = [
        ("#联系人及联系方式", ""),
        ("项目联系人", leader.person),
        ("项目联系电话", leader.phone),
        ("采购单位", buyer.name),
        ("采购单位地址", buyer.address),
        ("采购单位联系方式", f"{buyer.person} {buyer.phone}"),
    ]
    if agency:
        tail += [
            ("代理机构名称", agency.name),
            ("代理机构地址", agency.address),
            ("代理机构联系方式", f"{agency.person} {agency.phone}"),
        ]
    return (*head, *rows, *tail)


def compose(
    project: Project,
    *,
    slug: str,
    kind: Kind,
    channel: str,
    title: str,
    published: datetime,
    sections: Sequence[Section],
    rows: Sequence[tuple[str, str]] = (),
    deadline: datetime | None = None,
    files: tuple[File, ...] = (),
    vehicles: Vehicles | None = None,
    batch: str | None = None,
) -> Sample:
    """Any notice of a project from its sections and summary rows."""
    return Sample(
        slug=slug,
        project=project.key,
        kind=kind,
        area=project.area,
        channel=channel,
        title=title,
        published=published,
        region=project.region,
        buyer=project.buyer.name,
        number=project.number,
        summary=summary(project, published, rows),
        body=TEMPLATES[project.template](tuple(sections), files),
        vehicles=vehicles or project.vehicles,
        deadline=deadline,
        files=files,
        batch=batch,
    )


def _price(yuan: int) -> str:
    return f"￥{wan(yuan)}万元（人民币）"


def tender(
    project: Project,
    *,
    slug: str,
    published: datetime,
    documents: tuple[date, date],
    deadline: datetime,
    place: str,
    opening_in_summary: datetime | None = None,
    day_only: bool = False,
    invited: bool = False,
    notes: tuple[str, ...] = ("无",),
    files: tuple[File, ...] = (),
    title: str | None = None,
    batch: str | None = None,
    only_passed: bool = False,
) -> Sample:
    """公开招标公告. `opening_in_summary` makes the summary disagree with section 四; `day_only` prints no time."""
    form = project.template
    due = f"{cn_date(deadline.date())}" if day_only else f"{moment(deadline, form)}（北京时间）"
    get = f"{project.platform}（政府采购云平台）在线获取"
    who = "已通过资格预审的供应商" if only_passed else "潜在投标人"
    opening = opening_in_summary or deadline
    sections = (
        Section(
            "项目概况",
            (f"{project.subject}招标项目的{who}应在{get}招标文件，并于{due}前递交投标文件。",),
            numbered=False,
        ),
        _basics(project, "邀请招标" if invited else "公开招标", with_method=form != "central"),
        _applicants(project),
        Section(
            "获取招标文件",
            (
                Field("时间", _hours(*documents, form)),
                Field("地点", project.platform),
                Field("方式", "供应商登录平台实名注册、办理CA数字证书后免费下载，未按规定获取的投标无效"),
                Field("售价", "￥0.0 元，本公告包含的招标文件售价总和"),
            ),
        ),
        Section(
            "提交投标文件截止时间、开标时间和地点",
            (Field("提交投标文件截止时间", due), Field("开标时间", due), Field("地点", place)),
        ),
        Section("公告期限", ("自本公告发布之日起5个工作日。",)),
        Section("其他补充事宜", notes),
        _contacts(project, "对本次招标提出询问，请按以下方式联系。"),
    )
    rows = (
        ("获取招标文件时间", _window(*documents, form)),
        ("招标文件售价", "￥0"),
        ("获取招标文件的地点", project.platform),
        ("开标时间", cn_date(opening.date()) if day_only else f"{opening:%Y年%m月%d日 %H:%M}"),
        ("开标地点", place),
        ("预算金额", _price(project.budget)),
    )
    return compose(
        project,
        slug=slug,
        kind="tender",
        channel="yqzbgg" if invited else "gkzb",
        title=title or f"{project.name}{'邀请' if invited else '公开'}招标公告",
        published=published,
        sections=sections,
        rows=rows,
        deadline=deadline,
        files=files,
        batch=batch,
    )


def prequalification(
    project: Project,
    *,
    slug: str,
    published: datetime,
    documents: tuple[date, date],
    deadline: datetime,
    place: str,
    invited: str,
    files: tuple[File, ...] = (),
) -> Sample:
    """资格预审公告: who may take part in the purchase tender that follows."""
    form = project.template
    due = f"{moment(deadline, form)}（北京时间）"
    lead = (
        f"{project.subject}招标项目的潜在资格预审申请人应在{project.platform}领取资格预审文件，"
        f"并于{due}前提交申请文件。"
    )
    sections = (
        Section("项目概况", (lead,), numbered=False),
        _basics(project, "公开招标（资格预审）"),
        _applicants(project),
        Section(
            "领取资格预审文件",
            (
                Field("时间", _hours(*documents, form)),
                Field("地点", project.platform),
                Field("方式", "在线领取"),
            ),
        ),
        Section("资格预审申请文件的组成及格式", ("详见资格预审文件第四章。",)),
        Section("资格预审的审查标准及方法", ("合格制，详见资格预审文件第三章。",)),
        Section("拟邀请参加投标的供应商数量", (invited,)),
        Section("申请文件提交", (f"应在{due}前，将申请文件提交至{place}。",)),
        Section("资格预审日期", (f"{moment(deadline, form)}（北京时间）",)),
        Section("公告期限", ("自本公告发布之日起5个工作日。",)),
        Section("其他补充事宜", ("通过资格预审的申请人方可参加后续采购招标，购置招标公告另行发布。",)),
        _contacts(project, "凡对本次资格预审提出询问，请按以下方式联系。"),
    )
    return compose(
        project,
        slug=slug,
        kind="prequalification",
        channel="zgysgg",
        title=f"{project.name}资格预审公告",
        published=published,
        sections=sections,
        rows=(("预算金额", _price(project.budget)),),
        deadline=deadline,
        files=files,
    )


def negotiated(
    project: Project,
    method: Negotiated,
    *,
    slug: str,
    published: datetime,
    documents: tuple[date, date],
    deadline: datetime,
    place: str,
    notes: tuple[str, ...] = ("无",),
    files: tuple[File, ...] = (),
    title: str | None = None,
) -> Sample:
    """竞争性谈判, 竞争性磋商 and 询价 share one format."""
    form, (channel, words) = project.template, NEGOTIATED[method]
    due = f"{moment(deadline, form)}（北京时间）"
    lead = f"{project.subject}采购项目的潜在供应商应在{project.platform}获取采购文件，并于{due}前提交响应文件。"
    sections = (
        Section("项目概况", (lead,), numbered=False),
        _basics(project, words),
        _applicants(project),
        Section(
            "获取采购文件",
            (
                Field("时间", _hours(*documents, form)),
                Field("地点", project.platform),
                Field("方式", "在线获取，逾期不再提供"),
                Field("售价", "￥0.0 元"),
            ),
        ),
        Section("响应文件提交", (Field("截止时间", due), Field("地点", place))),
        Section("开启", (Field("时间", due), Field("地点", place))),
        Section("公告期限", ("自本公告发布之日起3个工作日。",)),
        Section("其他补充事宜", notes),
        _contacts(project, "凡对本次采购提出询问，请按以下方式联系。"),
    )
    rows = (
        ("获取采购文件时间", _window(*documents, form)),
        ("响应文件递交地点", place),
        ("响应文件开启时间", f"{deadline:%Y年%m月%d日 %H:%M}"),
        ("响应文件开启地点", place),
        ("预算金额", _price(project.budget)),
    )
    return compose(
        project,
        slug=slug,
        kind=method,
        channel=channel,
        title=title or f"{project.name}{words}公告",
        published=published,
        sections=sections,
        rows=rows,
        deadline=deadline,
        files=files,
    )


@dataclass(frozen=True)
class Change:
    what: str
    before: str
    after: str


def correction(
    project: Project,
    *,
    slug: str,
    published: datetime,
    first: date,
    subject: Literal["采购公告", "采购文件", "采购结果"],
    changes: tuple[Change, ...],
    in_table: bool = False,
    deadline: datetime | None = None,
    notes: tuple[str, ...] = ("其他内容不变。",),
    round_no: int = 1,
) -> Sample:
    """更正公告, each change as a sentence or in one table. `deadline` is the new one where it moved."""
    if in_table:
        rows = tuple((str(n), c.what, c.before, c.after) for n, c in enumerate(changes, 1))
        body: tuple[Block, ...] = (Grid(("序号", "更正项", "更正前内容", "更正后内容"), rows),)
    else:
        body = tuple(f"原公告的{c.what}：{c.before}，更正为：{c.after}。" for c in changes)
    sections = (
        Section(
            "项目基本情况",
            (
                Field("原公告的采购项目编号", project.number, "00004"),
                Field("原公告的采购项目名称", project.name, "00003"),
                Field("首次公告日期", cn_date(first)),
            ),
        ),
        Section(
            "更正信息",
            (Field("更正事项", subject), "更正内容：", *body, Field("更正日期", cn_date(published.date()))),
        ),
        Section("其他补充事宜", notes),
        _contacts(project, "凡对本次公告内容提出询问，请按以下方式联系。"),
    )
    ordinal = "" if round_no == 1 else f"（第{'一二三四五'[round_no - 1]}次）"
    return compose(
        project,
        slug=slug,
        kind="correction",
        channel="gzgg",
        title=f"{project.name}更正公告{ordinal}",
        published=published,
        sections=sections,
        rows=(("首次公告日期", cn_date(first)), ("|更正日期", cn_date(published.date()))),
        deadline=deadline,
    )


def termination(
    project: Project,
    *,
    slug: str,
    published: datetime,
    reasons: tuple[str, ...],
    words: Literal["终止公告", "废标公告"] = "终止公告",
    title: str | None = None,
    notes: tuple[str, ...] = ("无",),
) -> Sample:
    """终止公告, or 废标公告 of single lots."""
    sections = (
        Section(
            "项目基本情况",
            (Field("采购项目编号", project.number, "00004"), Field("采购项目名称", project.name, "00003")),
        ),
        Section("项目终止的原因", reasons),
        Section("其他补充事宜", notes),
        _contacts(project, "凡对本次公告内容提出询问，请按以下方式联系。"),
    )
    return compose(
        project,
        slug=slug,
        kind="termination",
        channel="fblbgg",
        title=title or f"{project.name}{words}",
        published=published,
        sections=sections,
    )


@dataclass(frozen=True)
class Win:
    """What one supplier won."""

    lot: str
    supplier: Party
    amount: int
    """Yuan."""
    goods: tuple[tuple[str, str, str, str, int], ...]
    """Name, brand, model, quantity with unit, unit price in yuan."""


def award(
    project: Project,
    *,
    slug: str,
    published: datetime,
    tendered: date,
    decided: date,
    wins: tuple[Win, ...],
    fee: int,
    negotiated: bool = False,
    title: str | None = None,
    notes: tuple[str, ...] = ("无",),
    files: tuple[File, ...] = (),
    batch: str | None = None,
) -> Sample:
    """中标公告 or, of the negotiated methods, 成交公告."""
    form = project.template
    word = "成交" if negotiated else "中标"
    total = sum(w.amount for w in wins)
    if form == "zcy":
        result: tuple[Block, ...] = (
            Grid(
                ("序号", "标项名称", "中标（成交）金额（元）", "中标供应商名称", "中标供应商地址"),
                tuple(
                    (
                        str(n),
                        f"标项{w.lot}" if w.lot else project.name,
                        f"报价：{w.amount}（元）",
                        w.supplier.name,
                        w.supplier.address,
                    )
                    for n, w in enumerate(wins, 1)
                ),
                ("", "", "code-summaryPrice", "code-winningSupplierName", "code-winningSupplierAddr"),
            ),
        )
    else:
        parts: list[Block] = []
        for w in wins:
            if w.lot:
                parts.append(f"第{w.lot}包")
            parts += [
                Field("供应商名称", w.supplier.name),
                Field("供应商地址", w.supplier.address),
                Field("中标（成交）金额", f"{wan(w.amount)}（万元）" if form == "central" else f"{w.amount:,}.00元"),
            ]
        result = tuple(parts)
    goods = tuple(
        (str(n), w.supplier.name, name, brand, model, quantity, str(price))
        for n, (w, (name, brand, model, quantity, price)) in enumerate(((w, g) for w in wins for g in w.goods), 1)
    )
    sections = (
        Section(f"项目编号：{project.number}"),
        Section(f"项目名称：{project.name}"),
        Section("中标（成交）信息", result),
        Section(
            "主要标的信息",
            (Grid(("序号", "供应商名称", "货物名称", "货物品牌", "货物型号", "货物数量", "货物单价(元)"), goods),),
        ),
        Section("评审专家（单一来源采购人员）名单", ("张某、李某、赵某、陈某、刘某（采购人代表）",)),
        Section(
            "代理服务收费标准及金额",
            (
                "收费标准：按采购文件约定，由中标（成交）供应商支付。",
                Field("本项目代理费总金额", f"{wan(fee)} 万元（人民币）"),
            ),
        ),
        Section("公告期限", ("自本公告发布之日起1个工作日。",)),
        Section("其他补充事宜", notes),
        _contacts(project, "凡对本次公告内容提出询问，请按以下方式联系。"),
    )
    rows = (
        ("本项目招标公告日期", cn_date(tendered)),
        (f"|{word}日期", cn_date(decided)),
        ("评审专家名单", "张某、李某、赵某、陈某、刘某（采购人代表）"),
        (f"总{word}金额", f"￥{wan(total)} 万元（人民币）"),
    )
    return compose(
        project,
        slug=slug,
        kind="award",
        channel="cjgg" if negotiated else "zbgg",
        title=title or f"{project.name}{word}公告",
        published=published,
        sections=sections,
        rows=rows,
        files=files,
        batch=batch,
    )


def contract(
    project: Project,
    *,
    slug: str,
    published: datetime,
    number: str,
    win: Win,
    signed: date,
    method: str,
    files: tuple[File, ...] = (),
) -> Sample:
    """合同公告."""
    supplier, buyer = win.supplier, project.buyer
    header = ("主要标的名称", "规格型号", "主要标的数量", "主要标的单价（元）")
    goods = tuple((n, f"{b} {m}", q, str(p)) for n, b, m, q, p in win.goods)
    sections = (
        Section(f"合同编号：{number}"),
        Section(f"合同名称：{project.name}采购合同"),
        Section(f"项目编号：{project.number}"),
        Section(f"项目名称：{project.name}"),
        Section(
            "合同主体",
            (
                Field("采购人（甲方）", buyer.name),
                Field("地址", buyer.address),
                Field("联系方式", buyer.phone),
                Field("供应商（乙方）", supplier.name),
                Field("地址", supplier.address),
                Field("联系方式", supplier.phone),
            ),
        ),
        Section(
            "合同主要信息",
            (
                Grid(header, goods),
                Field("合同金额", f"{win.amount / 10_000:.6f}万元"),
                Field("履约期限、地点等简要信息", f"{project.delivery}交货地点：{buyer.address}"),
                Field("采购方式", method),
            ),
        ),
        Section(f"合同签订日期：{signed.isoformat()}"),
        Section(f"合同公告日期：{published:%Y-%m-%d}"),
        Section("其他补充事宜", ("无",)),
    )
    return compose(
        project,
        slug=slug,
        kind="contract",
        channel="qtgg",
        title=f"{project.name}合同公告",
        published=published,
        sections=sections,
        files=files,
    )


@dataclass(frozen=True)
class Intended:
    """One row of a table of intentions."""

    name: str
    need: str
    budget: int
    """Yuan."""
    month: date
    note: str = ""


def intention(
    project: Project, *, slug: str, published: datetime, title: str, rows: tuple[Intended, ...], vehicles: Vehicles
) -> Sample:
    """采购意向: many purchases on one page. It has no project number."""
    header = ("序号", "采购项目名称", "采购需求概况", "预算金额（万元）", "预计采购时间（填写到月）", "备注")
    grid = Grid(
        header,
        tuple(
            (str(n), r.name, r.need, f"{r.budget / 10_000:.2f}", f"{r.month.year}年{r.month.month}月", r.note)
            for n, r in enumerate(rows, 1)
        ),
    )
    sections = (
        Section(
            title,
            (
                "为便于供应商及时了解政府采购信息，根据有关规定，现将本单位采购意向公开如下：",
                grid,
                "本次公开的采购意向是本单位政府采购工作的初步安排，具体采购项目情况以相关采购公告和采购文件为准。",
                project.buyer.name,
                cn_date(published.date()),
            ),
            numbered=False,
        ),
    )
    return compose(
        project,
        slug=slug,
        kind="intention",
        channel="qtgg",
        title=title,
        published=published,
        sections=sections,
        vehicles=vehicles,
    )


def single_source(
    project: Project,
    *,
    slug: str,
    published: datetime,
    supplier: Party,
    reason: str,
    window: tuple[date, date],
) -> Sample:
    """单一来源采购公示."""
    things = "；".join(f"{i.name}{i.quantity}{i.unit}，{i.need}" for lot in project.lots for i in lot.items)
    sections = (
        Section(
            "项目信息",
            (
                Field("采购人", project.buyer.name, "00014"),
                Field("项目名称", project.name, "00003"),
                Field("项目编号", project.number, "00004"),
                Field("拟采购的货物或服务的说明", things),
                Field("拟采购的货物或服务的预算金额", f"{project.budget / 10_000:g}万元"),
                Field("采用单一来源采购方式的原因及说明", reason),
            ),
        ),
        Section("拟定供应商信息", (Field("名称", supplier.name), Field("地址", supplier.address))),
        Section("公示期限", (f"{cn_date(window[0])}至{cn_date(window[1])}",)),
        Section("其他补充事宜", ("有关单位和个人如有异议，可在公示期限内以书面形式反馈。",)),
        _contacts(project, "联系方式"),
        Section("附件", ("专业人员论证意见",)),
    )
    return compose(
        project,
        slug=slug,
        kind="single_source",
        channel="dylygg",
        title=f"{project.name}单一来源采购公示",
        published=published,
        sections=sections,
        rows=(("预算金额", _price(project.budget)),),
    )


def opinion(
    project: Project, *, slug: str, published: datetime, window: tuple[date, date], points: tuple[str, ...]
) -> Sample:
    """采购文件意见征询: stage 0. Its end is no deadline of a bid."""
    sections = (
        Section(
            "项目基本情况",
            (
                Field("意见征询编号", project.number, "00004"),
                Field("项目名称", project.name, "00003"),
                _money("预算金额", project.budget, project.template),
                Field("拟采用采购方式", "公开招标"),
                *_needs(project),
            ),
        ),
        Section("征询内容", points),
        Section("征询期限", (f"{cn_date(window[0])} 至 {cn_date(window[1])} 17:00",)),
        Section(
            "意见反馈方式",
            (
                "供应商对上述需求有意见或建议的，应在征询期限内以书面形式（加盖公章）或电子邮件 zixun@example.cn 反馈，"
                "并说明理由；逾期不予受理。",
                "本公告仅供征求意见，最终以采购公告和采购文件为准。",
            ),
        ),
        _contacts(project, "联系方式"),
    )
    return compose(
        project,
        slug=slug,
        kind="opinion",
        channel="qtgg",
        title=f"{project.name}采购需求意见征询公告",
        published=published,
        sections=sections,
        rows=(("预算金额", _price(project.budget)),),
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time in China."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
