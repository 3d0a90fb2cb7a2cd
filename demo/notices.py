"""The sample world: one coherent set of notices of our own writing, with dates relative to a given day.

Buyers, agencies, suppliers, places, brands, numbers and prices are invented; hosts lie under example.cn, telephone
numbers are zeros. Nothing here was ever published. All notices are out by the evening before `today`, so that no run
meets a notice from the future; working days are real ones.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from crawler import clock
from crawler.clock import SHANGHAI
from demo import files, others
from demo.formats import (
    Change,
    Intended,
    Party,
    Project,
    Win,
    at,
    award,
    cn_date,
    compose,
    contract,
    correction,
    intention,
    moment,
    negotiated,
    opinion,
    prequalification,
    single_source,
    tender,
    termination,
)
from demo.purchases import SUPPLIERS, purchase
from demo.sample import Field, Grid, Sample, Section
from demo.workdays import step

FIRST_ID = 27_500_000


def _roll(day: date) -> date:
    """The day itself, or the next working one."""
    return step(day, 0)


def _after(day: date, days: int) -> date:
    """So many calendar days later, moved on to a working day, and behind any holiday that would swallow them."""
    return _roll(max(day + timedelta(days=days), step(day, 7)))


def _police(today: date) -> list[Sample]:
    """An open tender for police cars in three lots, with its documents."""
    wd = partial(step, today)
    project = purchase("police", today)
    published = at(wd(-5), 10, 12)
    need = files.word(
        "采购需求（警用车辆）.docx",
        (
            "第五章 采购需求",
            "★1.投标车型须列入《道路机动车辆生产企业及产品公告》，提供公告页。",
            "★2.第3包勘查车须为具有相应公告型号的专用车。",
            "▲3.警灯符合GB 13954，警报器符合GB 8108，提供检验报告。",
            "4.质保期：整车不少于3年或10万公里，以先到者为准。",
            "5.付款方式：合同签订后支付30%，验收合格后支付65%，质保期满支付5%。",
            "6.报价含车辆购置税、上牌、运输及外观标识涂装，不含保险。",
        ),
    )
    sample = tender(
        project,
        slug="police-tender",
        published=published,
        documents=(wd(-5), wd(1)),
        deadline=police_deadline(today),
        place="沧平市公共资源交易中心第三开标室",
        files=(need,),
        notes=(
            "1.本项目采用电子招投标，投标人须使用CA数字证书加密上传投标文件。",
            "2.投标保证金：第1包8万元，第2包3万元，第3包3万元，以电汇或保函形式于投标截止时间前到账。",
            "3.评标办法：综合评分法，价格分30分。",
        ),
    )
    return [sample]


def police_deadline(today: date) -> datetime:
    return at(_after(step(today, -5), 24), 9, 30)


def _tractors(today: date) -> list[Sample]:
    """Qualification and purchase tender: two proceedings of one project, the purchase for those who passed."""
    wd = partial(step, today)
    project = purchase("tractors", today)
    first = prequalification(
        project,
        slug="tractors-prequalification",
        published=at(wd(-24), 9, 40),
        documents=(wd(-24), wd(-19)),
        deadline=at(wd(-14), 14, 30),
        place="楚阳市公共资源交易中心资格预审室",
        invited="不少于3家，资格预审合格的申请人全部邀请。",
    )
    published = at(wd(-3), 15, 5)
    need = files.word(
        "重型牵引车招标文件.docx",
        (
            "第三章 技术要求",
            "★1.公告：投标车型已列入公告且在有效期内。",
            "★2.动力：功率≥350kW，扭矩≥2300N·m。",
            "▲3.变速箱：12挡及以上，带缓速器。",
            "4.后桥、驾驶室、轮胎、大梁、空滤按附表逐项响应。",
        ),
    )
    second = tender(
        project,
        slug="tractors-tender",
        published=published,
        documents=(wd(-3), wd(3)),
        deadline=at(_after(published.date(), 21), 9, 0),
        place="楚阳市公共资源交易中心第一开标室",
        only_passed=True,
        files=(files.bundle("招标文件.zip", need), need),
        notes=("本次招标仅接受已通过本项目资格预审的供应商投标。",),
    )
    return [first, second]


def _fire(today: date) -> list[Sample]:
    wd = partial(step, today)
    project = purchase("fire", today)
    sample = negotiated(
        project,
        "negotiation",
        slug="fire-negotiation",
        published=at(wd(-2), 16, 20),
        documents=(wd(-1), wd(2)),
        deadline=at(wd(4), 10, 0),
        place="岷安诚岳项目管理有限公司开标二室",
    )
    return [sample]


def _ambulances(today: date) -> list[Sample]:
    wd = partial(step, today)
    project = purchase("ambulances", today)
    published = at(wd(-2), 14, 3)
    sample = negotiated(
        project,
        "consultation",
        slug="ambulances-consultation",
        published=published,
        documents=(wd(-2), wd(3)),
        deadline=at(_after(published.date(), 12), 14, 0),
        place="政府采购云平台（线上开启）",
        files=(files.word("磋商文件（负压救护车）.docx", ("第四章 采购需求", "★1.整车符合WS/T 292救护车标准。")),),
    )
    return [sample]


def _pickups(today: date) -> list[Sample]:
    """询价 with the shortest window the law allows."""
    wd = partial(step, today)
    project = purchase("pickups", today)
    sample = negotiated(
        project,
        "inquiry",
        slug="pickups-inquiry",
        published=at(wd(-1), 17, 32),
        documents=(wd(-1), wd(2)),
        deadline=at(wd(3), 9, 30),
        place="苏澜县政务服务中心302室",
    )
    return [sample]


def _sanitation(today: date) -> list[Sample]:
    """A title without 车; the correction moves the deadline to an earlier day."""
    wd = partial(step, today)
    project = purchase("sanitation", today)
    published = at(wd(-5), 9, 18)
    old, new = at(_after(published.date(), 36), 9, 30), at(_after(published.date(), 25), 14, 0)
    first = tender(
        project,
        slug="sanitation-tender",
        published=published,
        documents=(wd(-5), wd(2)),
        deadline=old,
        place="苏澜市公共资源交易中心5号开标室",
    )
    words = partial(moment, template="central")
    second = correction(
        project,
        slug="sanitation-earlier",
        published=at(wd(-1), 16, 45),
        first=published.date(),
        subject="采购公告",
        changes=(
            Change("提交投标文件截止时间", f"{words(old)}（北京时间）", f"{words(new)}（北京时间）"),
            Change("开标时间", f"{words(old)}（北京时间）", f"{words(new)}（北京时间）"),
        ),
        deadline=new,
    )
    return [first, second]


def _snow(today: date) -> list[Sample]:
    """A deadline moved to a later day, and the correction corrected."""
    wd = partial(step, today)
    project = purchase("snow", today)
    published = at(wd(-13), 11, 26)
    old = at(_after(published.date(), 21), 9, 0)
    middle, new = at(step(old.date(), 5), 9, 0), at(step(old.date(), 8), 9, 30)
    place = "沧平市公共资源交易中心第一开标室"
    first = tender(
        project, slug="snow-tender", published=published, documents=(wd(-13), wd(-7)), deadline=old, place=place
    )
    words = partial(moment, template="table")
    second = correction(
        project,
        slug="snow-later",
        published=at(wd(-4), 10, 31),
        first=published.date(),
        subject="采购公告",
        changes=(
            Change("投标文件提交截止时间", words(old), words(middle)),
            Change("开标时间", words(old), words(middle)),
            Change("采购需求 抛雪车抛雪量", "≥3000t/h", "≥2500t/h"),
        ),
        in_table=True,
        deadline=middle,
    )
    third = correction(
        project,
        slug="snow-later-again",
        published=at(wd(-1), 9, 55),
        first=published.date(),
        subject="采购公告",
        changes=(
            Change("投标文件提交截止时间", words(middle), words(new)),
            Change("开标时间", words(middle), words(new)),
            Change("开标地点", place, "沧平市公共资源交易中心第四开标室"),
        ),
        in_table=True,
        deadline=new,
        notes=(f"本公告为对{cn_date(wd(-4))}发布的更正公告的再次更正，两次更正不一致的以本公告为准。",),
        round_no=2,
    )
    return [first, second, third]


def _enforcement(today: date) -> list[Sample]:
    """A tender that was ended."""
    wd = partial(step, today)
    project = purchase("enforcement", today)
    published = at(wd(-11), 15, 47)
    first = tender(
        project,
        slug="enforcement-tender",
        published=published,
        documents=(wd(-11), wd(-5)),
        deadline=at(_after(published.date(), 22), 9, 30),
        place="政府采购云平台（线上开标）",
    )
    second = termination(
        project,
        slug="enforcement-ended",
        published=at(wd(-2), 11, 8),
        reasons=("因年度车辆编制调整，采购任务取消，本项目终止采购。",),
    )
    return [first, second]


def _garbage(today: date) -> list[Sample]:
    """One lot awarded, the other failed and tendered again."""
    wd = partial(step, today)
    project = purchase("garbage", today)
    published = at(wd(-24), 9, 2)
    opened = _after(published.date(), 21)
    first = tender(
        project,
        slug="garbage-tender",
        published=published,
        documents=(wd(-24), wd(-18)),
        deadline=at(opened, 9, 0),
        place="鲁泽市公共资源交易中心二楼",
    )
    decided = step(opened, 2)
    win = Win("1", SUPPLIERS["远岑"], 1_868_000, (("餐厨垃圾车", "远岑", "YC5121TCABEV", "4辆", 467_000),))
    result = award(
        project,
        slug="garbage-award",
        published=at(step(decided, 1), 10, 40),
        tendered=published.date(),
        decided=decided,
        wins=(win,),
        fee=18_680,
        title=f"{project.name}（第1包）中标公告",
    )
    failed = termination(
        project,
        slug="garbage-lot-failed",
        published=at(step(decided, 1), 10, 52),
        reasons=("第2包：通过符合性审查的投标人不足3家，本包废标。",),
        words="废标公告",
        title=f"{project.name}第2包废标公告",
        notes=("第2包将重新组织采购。第1包结果另行公告。",),
    )
    again = replace(
        project,
        number=f"LZZFCG-{today.year}-1180-2",
        name=f"{project.name}（第2包）（第二次）",
        lots=project.lots[1:],
    )
    second_published = at(wd(-2), 9, 30)
    second = tender(
        again,
        slug="garbage-second",
        published=second_published,
        documents=(wd(-2), wd(4)),
        deadline=at(_after(second_published.date(), 21), 9, 0),
        place="鲁泽市公共资源交易中心二楼",
    )
    return [first, result, failed, second]


def _school_buses(today: date) -> list[Sample]:
    """Tender, award with brand and unit prices, contract."""
    wd = partial(step, today)
    project = purchase("school-buses", today)
    published = at(wd(-40), 10, 0)
    opened = _after(published.date(), 22)
    first = tender(
        project,
        slug="school-buses-tender",
        published=published,
        documents=(wd(-40), wd(-34)),
        deadline=at(opened, 9, 0),
        place="鲁泽市公共资源交易中心二楼",
    )
    decided = step(opened, 3)
    win = Win(
        "",
        SUPPLIERS["昊途"],
        4_596_000,
        (
            ("小学生专用校车", "昊途", "HT6760XC6", "8辆", 432_000),
            ("幼儿专用校车", "昊途", "HT6580YC6", "4辆", 285_000),
        ),
    )
    second = award(
        project,
        slug="school-buses-award",
        published=at(step(decided, 1), 15, 10),
        tendered=published.date(),
        decided=decided,
        wins=(win,),
        fee=45_960,
        notes=("中标供应商评审总得分：91.26分。",),
    )
    third = contract(
        project,
        slug="school-buses-contract",
        published=at(wd(-1), 11, 25),
        number=f"LZJY-{today.year}-HT-027",
        win=win,
        signed=wd(-2),
        method="公开招标",
    )
    return [first, second, third]


def _cold_chain(today: date) -> list[Sample]:
    """An award whose tender was never seen, and an acceptance."""
    wd = partial(step, today)
    project = purchase("cold-chain", today)
    win = Win("", SUPPLIERS["远岑"], 739_600, (("疫苗冷藏车", "远岑", "YC5040XLC6", "2辆", 369_800),))
    result = award(
        project,
        slug="cold-chain-award",
        published=at(wd(-3), 16, 2),
        tendered=wd(-12),
        decided=wd(-4),
        wins=(win,),
        fee=7_400,
        negotiated=True,
    )
    accepted = replace(
        project,
        key="water-trucks",
        number=f"YJCG{today.year}-G-0031",
        name="越江市市政设施中心洒水车采购项目",
        buyer=Party("越江市市政设施中心", "越江市长堤路000号", "许某", "0000-00000000"),
    )
    acceptance = compose(
        accepted,
        slug="water-trucks-acceptance",
        kind="acceptance",
        channel="qtgg",
        title=f"{accepted.name}履约验收公告",
        published=at(wd(-4), 9, 21),
        sections=(
            Section(f"合同编号：YJSZ-{today.year}-HT-008"),
            Section(f"合同名称：{accepted.name}采购合同"),
            Section(f"项目编号：{accepted.number}"),
            Section(f"项目名称：{accepted.name}"),
            Section(
                "合同主体",
                (Field("采购人（甲方）", accepted.buyer.name), Field("供应商（乙方）", SUPPLIERS["远岑"].name)),
            ),
            Section("合同主要信息", (Field("主要标的名称", "洒水车"), Field("主要标的数量", "3辆"))),
            Section(f"验收日期：{wd(-5).isoformat()}"),
            Section("验收意见", ("车辆数量、配置与合同一致，随车资料齐全，验收合格。",)),
            Section("其他补充事宜", ("无",)),
        ),
    )
    return [result, acceptance]


def _intentions(today: date) -> list[Sample]:
    """A table of intentions with several vehicle rows among others."""
    wd = partial(step, today)
    soon, then, spring = (_first_of_month(today, months) for months in (1, 2, 3))
    project = purchase("intentions", today)
    title = f"渝岚区公安分局{soon.year}年{soon.month}月至{spring.year}年{spring.month}月政府采购意向"
    rows = (
        Intended("巡逻电动汽车更新", "更新纯电动巡逻车15辆，含警灯警报器及外观标识", 2_700_000, soon),
        Intended("警用摩托车购置", "购置警用两轮摩托车40辆，排量不低于600ml", 2_400_000, then, "专门面向中小企业"),
        Intended("执法记录仪采购", "采购执法记录仪600台及采集站", 900_000, then),
        Intended("囚车购置", "购置囚车3辆，具有相应公告型号", 840_000, spring),
        Intended("车辆定点维修服务", "全局车辆维修保养服务，服务期一年", 1_200_000, spring),
    )
    return [
        intention(
            project, slug="police-intentions", published=at(wd(-3), 8, 50), title=title, rows=rows, vehicles="mixed"
        )
    ]


def _first_of_month(day: date, months: int) -> date:
    turned = day.month - 1 + months
    return date(day.year + turned // 12, turned % 12 + 1, 1)


def _batch(today: date) -> list[Sample]:
    """批量集中采购: the current period and the award of the one before."""
    wd = partial(step, today)
    this_month, last_month = today.replace(day=1), _first_of_month(today, -1)

    def period(month: date) -> Project:
        return replace(purchase("batch", month), key=f"batch-{month:%Y-%m}")

    published = at(wd(-4), 9, 5)
    current = tender(
        period(this_month),
        slug="batch-tender",
        published=published,
        documents=(wd(-4), wd(2)),
        deadline=at(_after(published.date(), 21), 13, 30),
        place="国家机关示例采购中心二层开标厅",
        batch="zy/zyzb",
        notes=(f"本期为第{this_month.month}期，各单位采购计划汇总后一并采购，中标后由各单位分别签订合同。",),
    )
    win = Win("", SUPPLIERS["岭驰"], 8_230_000, (("轿车（纯电动）", "岭驰", "LC7000BEV2", "46辆", 158_000),))
    before = award(
        period(last_month),
        slug="batch-award",
        published=at(wd(-6), 17, 8),
        tendered=wd(-28),
        decided=wd(-7),
        wins=(win,),
        fee=0,
        batch="zy/zyzhb",
    )
    return [current, before]


def _without_the_word(today: date) -> list[Sample]:
    """Vehicles bought under titles that do not say 车."""
    wd = partial(step, today)
    riders = purchase("riders", today)
    published = at(wd(-3), 10, 48)
    consultation = negotiated(
        riders,
        "consultation",
        slug="riders-consultation",
        published=published,
        documents=(wd(-3), wd(2)),
        deadline=at(_after(published.date(), 13), 10, 30),
        place="岷安诚岳项目管理有限公司开标一室",
    )
    gear = purchase("special-gear", today)
    gear_published = at(wd(-4), 14, 19)
    gear_tender = tender(
        gear,
        slug="special-gear-tender",
        published=gear_published,
        documents=(wd(-4), wd(2)),
        deadline=at(_after(gear_published.date(), 20), 9, 0),
        place="楚阳市公共资源交易中心第二开标室",
    )
    transit = purchase("transit", today)
    transit_published = at(wd(-1), 10, 16)
    transit_tender = tender(
        transit,
        slug="transit-tender",
        published=transit_published,
        documents=(wd(0), wd(6)),
        deadline=at(_after(transit_published.date(), 22), 9, 30),
        place="鲁泽市公共资源交易中心三楼",
    )
    rescue = purchase("first-aid", today)
    rescue_published = at(wd(-6), 13, 44)
    rescue_tender = tender(
        rescue,
        slug="first-aid-tender",
        published=rescue_published,
        documents=(wd(-6), wd(0)),
        deadline=at(_after(rescue_published.date(), 20), 9, 30),
        place="政府采购云平台（线上开标）",
    )
    return [consultation, gear_tender, transit_tender, rescue_tender]


def _early(today: date) -> list[Sample]:
    """Before the notice: opinions wanted; and a single source."""
    wd = partial(step, today)
    sweepers = purchase("sweepers", today)
    wanted = opinion(
        sweepers,
        slug="sweepers-opinion",
        published=at(wd(-1), 14, 37),
        window=(wd(-1), wd(3)),
        points=(
            "1.采购需求（征求意见稿）是否存在倾向性、排斥性内容；",
            "2.拟定资格条件：具有同类项目业绩1个；",
            "3.评分办法：综合评分法，价格分35分。",
        ),
    )
    command = purchase("command", today)
    alone = single_source(
        command,
        slug="command-single-source",
        published=at(wd(-2), 10, 2),
        supplier=SUPPLIERS["穹讯"],
        reason="须与原有指挥车通信系统配套，需继续从原供应商处添购，添购金额不超过原合同采购金额的百分之十。",
        window=(wd(-1), wd(5)),
    )
    return [wanted, alone]


def _odd(today: date) -> list[Sample]:
    """Notices a reader stumbles over: conflicts, days without a time, mixed and doubtful purchases."""
    wd = partial(step, today)
    mixed = purchase("cars-and-insurance", today)
    published = at(wd(-4), 16, 11)
    first = negotiated(
        mixed,
        "consultation",
        slug="cars-and-insurance-consultation",
        published=published,
        documents=(wd(-4), wd(1)),
        deadline=at(_after(published.date(), 11), 9, 30),
        place="苏澜市公共资源交易中心2号开标室",
    )
    clinic = purchase("clinic", today)
    clinic_published = at(wd(-4), 11, 33)
    due = at(_after(clinic_published.date(), 21), 9, 0)
    second = tender(
        clinic,
        slug="clinic-conflict",
        published=clinic_published,
        documents=(wd(-4), wd(2)),
        deadline=due,
        place="沧平市公共资源交易中心第二开标室",
        opening_in_summary=at(step(due.date(), 1), 14, 30),
    )
    driving = purchase("driving", today)
    driving_published = at(wd(-3), 9, 14)
    third = tender(
        driving,
        slug="driving-day-only",
        published=driving_published,
        documents=(wd(-3), wd(3)),
        deadline=at(_after(driving_published.date(), 20), 0, 0),
        place="楚阳职业技术学院行政楼208室",
        day_only=True,
    )
    hire = purchase("hire-purchase", today)
    hire_published = at(wd(-6), 10, 57)
    fourth = tender(
        hire,
        slug="hire-purchase-tender",
        published=hire_published,
        documents=(wd(-6), wd(1)),
        deadline=at(_after(hire_published.date(), 23), 9, 0),
        place="鲁泽市公共资源交易中心二楼",
    )
    chassis = purchase("chassis", today)
    chassis_published = at(wd(-5), 16, 39)
    fifth = tender(
        chassis,
        slug="chassis-invited",
        published=chassis_published,
        documents=(wd(-5), wd(1)),
        deadline=at(_after(chassis_published.date(), 20), 15, 0),
        place="楚阳市公共资源交易中心第五开标室",
        invited=True,
    )
    orphan = purchase("night-lights", today)
    old, new = at(wd(5), 10, 0), at(wd(9), 10, 0)
    words = partial(moment, template="gpcms")
    sixth = correction(
        orphan,
        slug="night-lights-orphan",
        published=at(wd(-2), 13, 50),
        first=wd(-14),
        subject="采购文件",
        changes=(Change("投标文件提交截止时间", words(old), words(new)), Change("开标时间", words(old), words(new))),
        deadline=new,
    )
    twice = replace(second, slug="clinic-conflict-again", published=clinic_published + timedelta(minutes=21))
    return [first, second, third, fourth, fifth, sixth, twice]


def _buses(today: date) -> list[Sample]:
    """A qualification that is still open."""
    wd = partial(step, today)
    project = purchase("buses", today)
    sample = prequalification(
        project,
        slug="buses-prequalification",
        published=at(wd(-4), 10, 25),
        documents=(wd(-4), wd(1)),
        deadline=at(wd(6), 9, 30),
        place="苏澜市公共资源交易中心3号开标室",
        invited="6家，超过6家时按得分由高到低确定。",
    )
    return [sample]


def _other_regimes(today: date) -> list[Sample]:
    """A framework agreement, and an enterprise that tenders by its own choice under the Tendering Law."""
    wd = partial(step, today)
    frame = purchase("framework", today)
    due = at(_after(wd(-6), 24), 9, 0)
    lots = (
        ("1", "纯电动轿车", "180,000.00", "机要通信用车、应急保障用车"),
        ("2", "纯电动多用途乘用车", "250,000.00", "接待和集体公务活动用车"),
    )
    called = compose(
        frame,
        slug="framework-call",
        kind="framework",
        channel="qtgg",
        title=f"{frame.name}征集公告",
        published=at(wd(-6), 15, 28),
        sections=(
            Section("征集人", (Field("名称", frame.buyer.name), Field("地址", frame.buyer.address))),
            Section(
                "采购项目情况",
                (
                    Field("项目编号", frame.number, "00004"),
                    Field("采购项目名称", frame.name, "00003"),
                    Field("采购方式", "封闭式框架协议采购"),
                    Grid(("包号", "标的名称", "最高限制单价（元/辆）", "用途"), lots),
                    Field("适用本框架协议的采购人", "鲁泽市市级各预算单位"),
                    Field("估算采购数量", "第1包120辆，第2包30辆，以实际采购为准"),
                    Field("框架协议的期限", "自框架协议签订之日起12个月"),
                ),
            ),
            Section(
                "获取征集文件",
                (
                    Field("时间", f"{cn_date(wd(-6))} 至 {cn_date(wd(0))}（北京时间，法定节假日除外）"),
                    Field("地点", frame.platform),
                    Field("方式", "登录平台免费下载"),
                ),
            ),
            Section(
                "响应文件提交截止时间、开启时间和地点",
                (
                    Field("响应文件提交截止时间", f"{moment(due, 'central')}（北京时间）"),
                    Field("开启时间", f"{moment(due, 'central')}（北京时间）"),
                    Field("地点", "鲁泽市公共资源交易中心二楼"),
                ),
            ),
            Section("公告期限", ("自本公告发布之日起5个工作日。",)),
            Section("联系方式", (Field("联系人", "杨某"), Field("电 话", "0000-0000000"))),
        ),
        deadline=due,
    )
    group = purchase("bus-group", today)
    ranks = (
        ("1", SUPPLIERS["昊途"].name, "26,880,000.00", "93.40"),
        ("2", SUPPLIERS["远岑"].name, "27,150,000.00", "90.12"),
        ("3", SUPPLIERS["岭驰"].name, "27,600,000.00", "86.75"),
    )
    ranked = compose(
        group,
        slug="bus-group-candidates",
        kind="award_candidate",
        channel="qtgg",
        title=f"{group.name}中标候选人公示",
        published=at(wd(-2), 17, 15),
        sections=(
            Section(
                "项目概况",
                (
                    Field("招标编号", group.number, "00004"),
                    Field("项目名称", group.name, "00003"),
                    Field("招标人", group.buyer.name),
                    Field("招标内容", "12米级纯电动城市客车32辆"),
                ),
            ),
            Section("中标候选人", (Grid(("排序", "中标候选人名称", "投标报价（元）", "评标得分"), ranks),)),
            Section("公示期", (f"{cn_date(wd(-1))}至{cn_date(wd(2))}",)),
            Section("提出异议的渠道和方式", ("投标人对评标结果有异议的，应在公示期内以书面形式向招标人提出。",)),
            Section("联系方式", (Field("招标代理机构", "鲁泽通衡招标有限公司"), Field("电 话", "0000-0000000"))),
        ),
    )
    return [called, ranked]


STORIES = (
    _police,
    _tractors,
    _fire,
    _ambulances,
    _pickups,
    _sanitation,
    _snow,
    _enforcement,
    _garbage,
    _school_buses,
    _cold_chain,
    _intentions,
    _batch,
    _without_the_word,
    _early,
    _odd,
    _buses,
    _other_regimes,
)


def _numbered(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Newest first, with the site's numbers: they rise with the time of publication, with gaps."""
    ordered = sorted(samples, key=lambda s: (s.published, s.slug))
    numbered = [replace(s, id=FIRST_ID + 37 * n) for n, s in enumerate(ordered, 1)]
    return tuple(reversed(numbered))


def world(today: date | None = None) -> tuple[Sample, ...]:
    """Everything that is out on the morning of `today` (default: the present day in China), newest first."""
    day = today or clock.today()
    vehicles = [sample for story in STORIES for sample in story(day)]
    return _numbered([*vehicles, *others.no_vehicles(day)])


def news(now: datetime | None = None) -> tuple[Sample, ...]:
    """What comes out at `now` (aware; default: this minute), to be added to a running replica without ids.

    The deadline of the police tender moves to an earlier day, and a new inquiry appears.
    """
    moment_now = (now or clock.now()).astimezone(SHANGHAI).replace(second=0, microsecond=0)
    today = moment_now.date()
    project, old = purchase("police", today), police_deadline(today)
    new = at(step(old.date(), -2), 9, 0)
    words = partial(moment, template="table")
    earlier = correction(
        project,
        slug="police-earlier",
        published=moment_now,
        first=step(today, -5),
        subject="采购公告",
        changes=(Change("提交投标文件截止时间", words(old), words(new)), Change("开标时间", words(old), words(new))),
        deadline=new,
    )
    vans = purchase("vans", today)
    inquiry = negotiated(
        vans,
        "inquiry",
        slug="library-inquiry",
        published=moment_now,
        documents=(step(today, 1), step(today, 3)),
        deadline=at(step(today, 4), 15, 0),
        place="苏澜县政务服务中心302室",
    )
    return earlier, inquiry


def by_slug(samples: Iterable[Sample]) -> dict[str, Sample]:
    return {sample.slug: sample for sample in samples}


many = others.many
