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
    Item,
    Lot,
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
from demo.parties import AGENCIES, SUPPLIERS
from demo.sample import Field, Grid, Sample, Section
from demo.workdays import step

FIRST_ID = 27_500_000
GOODS_ONLY = ("本项目不接受进口产品投标，投标产品须为中国境内生产的产品。",)
SMALL = "本项目专门面向中小企业采购，制造商须为中小企业并提供《中小企业声明函》。"


def _roll(day: date) -> date:
    """The day itself, or the next working one."""
    return step(day, 0)


def _after(day: date, days: int) -> date:
    """So many calendar days later, moved on to a working day, and behind any holiday that would swallow them."""
    return _roll(max(day + timedelta(days=days), step(day, 7)))


def _police(today: date) -> list[Sample]:
    """An open tender for police cars in three lots, with its documents."""
    wd = partial(step, today)
    project = police_project(today)
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


def police_project(today: date) -> Project:
    return Project(
        key="police",
        number=f"CPZC-{today.year}-G-0187",
        name=f"沧平市公安局{today.year}年度警用车辆购置项目",
        buyer=Party("沧平市公安局", "沧平市解放路000号", "王某", "0000-0000000"),
        agency=AGENCIES["启衡"],
        region="河北",
        template="table",
        category="货物/设备/车辆/专用车辆/警车",
        vehicles="yes",
        platform="http://hbzc.example.cn",
        lots=(
            Lot(
                "1",
                "制式警车",
                5_100_000,
                (
                    Item(
                        "制式警车（轿车）",
                        30,
                        "辆",
                        "纯电动，轴距≥2800mm，CLTC续航≥500km，喷涂公安制式外观标识，配警灯警报器",
                        "A02030610 警车",
                    ),
                ),
            ),
            Lot("2", "运兵车", 1_680_000, (Item("运兵车", 6, "辆", "柴油国六b，17座，空调", "A02030610 警车"),)),
            Lot(
                "3",
                "勘查车",
                1_260_000,
                (Item("刑事现场勘查车", 3, "辆", "四驱，车内设物证柜和照明升降杆", "A02030610 警车"),),
            ),
        ),
        special=GOODS_ONLY,
        delivery="合同签订后60日内交货并协助完成上牌。",
    )


def police_deadline(today: date) -> datetime:
    return at(_after(step(today, -5), 24), 9, 30)


def _tractors(today: date) -> list[Sample]:
    """Qualification and purchase tender: two proceedings of one project, the purchase for those who passed."""
    wd = partial(step, today)
    project = Project(
        key="tractors",
        number=f"CYZC-{today.year}-ZG-0087",
        name="楚阳市应急物资调运中心重型牵引车采购项目",
        buyer=Party("楚阳市应急物资调运中心", "楚阳市物流大道000号", "胡某", "000-00000000"),
        agency=AGENCIES["楚正"],
        region="湖北",
        template="gpcms",
        category="货物/设备/车辆/牵引汽车/半挂牵引汽车",
        vehicles="yes",
        platform="http://gpcms.example.cn",
        ceiling=23_800_000,
        lots=(
            Lot(
                "",
                "重型半挂牵引车",
                24_000_000,
                (
                    Item(
                        "重型半挂牵引车",
                        60,
                        "台",
                        "6×4驱动，发动机功率≥350kW，国六b，变速箱12挡以上，后桥承载≥16t，双卧铺驾驶室，真空胎，"
                        "加强型大梁，沙漠空滤",
                        "A02030201 半挂牵引汽车",
                    ),
                ),
            ),
        ),
        special=("申请人须为所投车型的生产企业，或能够提供该车型整车及售后服务的经销企业。", *GOODS_ONLY),
        delivery="合同签订后90日内分两批交货。",
    )
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
    project = Project(
        key="fire",
        number=f"[510100]MACY[TP]{today.year}0046",
        name="岷安市消防救援支队泡沫水罐消防车采购项目",
        buyer=Party("岷安市消防救援支队", "岷安市平安路119号", "何某", "000-00000000"),
        agency=AGENCIES["诚岳"],
        region="四川",
        template="gpcms",
        category="货物/设备/车辆/专用车辆/消防车",
        vehicles="yes",
        platform="http://gpcms.example.cn",
        lots=(
            Lot(
                "",
                "泡沫水罐消防车",
                3_980_000,
                (
                    Item(
                        "泡沫水罐消防车",
                        2,
                        "辆",
                        "水罐容积≥12t，水泵流量≥100L/s，进口或国产二类底盘，通过强制性产品认证",
                        "A02030609 消防车",
                    ),
                ),
            ),
        ),
        delivery="合同签订后180日内交货。",
    )
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
    project = Project(
        key="ambulances",
        number=f"YJCG{today.year}-C-0112",
        name="越江市急救中心负压救护车采购项目",
        buyer=Party("越江市急救中心", "越江市健康路120号", "徐某", "0000-00000000"),
        agency=AGENCIES["越信"],
        region="浙江",
        template="zcy",
        vehicles="yes",
        lots=(
            Lot("", "负压救护车", 2_250_000, (Item("负压救护车", 5, "辆", "监护型，符合WS/T 292，含担架及供氧系统"),)),
        ),
        qualification=SMALL,
        consortium=True,
    )
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
    project = Project(
        key="pickups",
        number=f"SLXJ-{today.year}-031",
        name="苏澜县林业局森林防火皮卡采购项目",
        buyer=Party("苏澜县林业局", "苏澜县青山路000号", "高某", "0000-00000000"),
        agency=AGENCIES["澜城"],
        region="江苏",
        category="货物/设备/车辆/专用车辆/多用途货车",
        vehicles="yes",
        lots=(
            Lot(
                "",
                "防火皮卡",
                960_000,
                (Item("皮卡（多用途货车）", 8, "辆", "四驱，柴油国六b，双排座，货箱加装水箱支架"),),
            ),
        ),
        qualification=SMALL,
        delivery="合同签订后30日内交货。",
    )
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
    project = Project(
        key="sanitation",
        number=f"SLCG-{today.year}-G-0205",
        name="苏澜市城市管理局环卫设备采购项目",
        buyer=Party("苏澜市城市管理局", "苏澜市人民路000号", "林某", "0000-00000000"),
        agency=AGENCIES["澜城"],
        region="江苏",
        category="货物/设备/车辆/专用车辆/清洁卫生车辆",
        vehicles="yes",
        lots=(
            Lot(
                "",
                "环卫设备",
                6_450_000,
                (
                    Item("纯电动洗扫车", 5, "辆", "总质量18t，清水箱≥8m³，电池质保不少于8年"),
                    Item("压缩式垃圾车", 4, "辆", "总质量18t，有效容积≥12m³，密封式"),
                    Item("多功能抑尘车", 2, "辆", "水罐≥10m³，射程≥80m"),
                ),
            ),
        ),
    )
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
    project = Project(
        key="snow",
        number=f"CPZC-{today.year}-G-0163",
        name="沧平市公路事业发展中心除雪车辆购置项目",
        buyer=Party("沧平市公路事业发展中心", "沧平市北环路000号", "罗某", "0000-0000000"),
        agency=AGENCIES["启衡"],
        region="河北",
        template="table",
        category="货物/设备/车辆/专用车辆/其他专用汽车",
        vehicles="yes",
        platform="http://hbzc.example.cn",
        lots=(
            Lot(
                "",
                "除雪车辆",
                3_360_000,
                (
                    Item("多功能除雪车", 6, "辆", "前置推雪铲宽≥3.6m，撒布机容积≥8m³"),
                    Item("抛雪车", 2, "辆", "抛雪量≥3000t/h"),
                ),
            ),
        ),
    )
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
    project = Project(
        key="enforcement",
        number=f"YJCG{today.year}-G-0098",
        name="越江市综合行政执法局执法执勤用车采购项目",
        buyer=Party("越江市综合行政执法局", "越江市钱塘示例路000号", "梁某", "0000-00000000"),
        agency=AGENCIES["越信"],
        region="浙江",
        template="zcy",
        vehicles="yes",
        lots=(
            Lot(
                "", "执法执勤用车", 2_160_000, (Item("执法执勤用车（新能源）", 12, "辆", "纯电动，裸车价不高于18万元"),)
            ),
        ),
    )
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
    lots = (
        Lot("1", "餐厨垃圾车", 1_920_000, (Item("餐厨垃圾车", 4, "辆", "纯电动，罐体容积≥6m³，不锈钢内胆"),)),
        Lot("2", "车厢可卸式垃圾车", 2_340_000, (Item("车厢可卸式垃圾车", 6, "辆", "总质量25t，拉臂额定起升≥16t"),)),
    )
    project = Project(
        key="garbage",
        number=f"LZZFCG-{today.year}-1180",
        name="鲁泽市环境卫生中心垃圾转运车辆采购项目",
        buyer=Party("鲁泽市环境卫生中心", "鲁泽市清河路000号", "宋某", "0000-0000000"),
        agency=AGENCIES["鲁岱"],
        region="山东",
        category="货物/设备/车辆/专用车辆/清洁卫生车辆",
        vehicles="yes",
        lots=lots,
    )
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
        lots=(replace(lots[1], no="2"),),
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
    project = Project(
        key="school-buses",
        number=f"LZZFCG-{today.year}-0911",
        name="鲁泽市教育局专用校车采购项目",
        buyer=Party("鲁泽市教育局", "鲁泽市学府路000号", "韩某", "0000-0000000"),
        agency=AGENCIES["鲁岱"],
        region="山东",
        category="货物/设备/车辆/专用车辆/校车",
        vehicles="yes",
        lots=(
            Lot(
                "",
                "专用校车",
                4_800_000,
                (
                    Item("小学生专用校车（36座）", 8, "辆", "符合GB 24407，国六b"),
                    Item("幼儿专用校车（19座）", 4, "辆", "符合GB 24407，国六b"),
                ),
            ),
        ),
    )
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
    project = Project(
        key="cold-chain",
        number=f"YJCG{today.year}-X-0054",
        name="越江市疾病预防控制中心疫苗冷藏车采购项目",
        buyer=Party("越江市疾病预防控制中心", "越江市杏林街000号", "唐某", "0000-00000000"),
        agency=AGENCIES["越信"],
        region="浙江",
        template="zcy",
        vehicles="yes",
        lots=(Lot("", "疫苗冷藏车", 760_000, (Item("疫苗冷藏车", 2, "辆", "双温区，温度记录可追溯"),)),),
    )
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
    buyer = Party("渝岚区公安分局", "重庆市渝岚区平安大道000号", "邓某", "000-00000000")
    soon, then, spring = (_first_of_month(today, months) for months in (1, 2, 3))
    project = Project(
        key="intentions",
        number="",
        name="渝岚区公安分局政府采购意向",
        buyer=buyer,
        agency=None,
        region="重庆",
        lots=(),
        template="central",
    )
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
    buyer = Party("中央国家机关示例采购办公室", "北京市西城区样例胡同000号", "郭某", "010-00000000")
    needs = (
        Item("轿车（纯电动）", 46, "辆", "CLTC续航≥450km，裸车价不高于18万元", "A02030501 轿车"),
        Item("机要通信用车（纯电动）", 9, "辆", "CLTC续航≥400km，裸车价不高于12万元", "A02030501 轿车"),
    )

    def project(month: date) -> Project:
        return Project(
            key=f"batch-{month:%Y-%m}",
            number=f"GJSL-PL-{month:%Y-%m}",
            name=f"中央国家机关{month.year}年公务用车批量集中采购项目（第{month.month}期）",
            buyer=buyer,
            agency=AGENCIES["国采"],
            region="北京",
            area="zygg",
            category="货物/设备/车辆/乘用车/轿车",
            vehicles="yes",
            lots=(Lot("", "公务用车", 8_600_000, needs),),
        )

    published = at(wd(-4), 9, 5)
    current = tender(
        project(this_month),
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
        project(last_month),
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
    riders = Project(
        key="riders",
        number=f"MACG-{today.year}-C-0071",
        name="岷安市公安局交通警察支队铁骑装备采购项目",
        buyer=Party("岷安市公安局交通警察支队", "岷安市蓉示路000号", "曹某", "000-00000000"),
        agency=AGENCIES["诚岳"],
        region="四川",
        template="gpcms",
        category="货物/设备/车辆/专用车辆/警车",
        vehicles="yes",
        platform="http://gpcms.example.cn",
        lots=(
            Lot(
                "",
                "铁骑装备",
                3_150_000,
                (
                    Item("警用两轮摩托", 45, "辆", "排量≥600ml，带ABS，警灯、警报器、尾箱、护杠", "A02030610 警车"),
                    Item("骑行服及头盔", 45, "套", "反光标识，四季款", "A07030000 被服"),
                ),
            ),
        ),
    )
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
    gear = Project(
        key="special-gear",
        number=f"CYZC-{today.year}-G-0214",
        name="楚阳市公安局特种装备采购项目",
        buyer=Party("楚阳市公安局", "楚阳市卫国路000号", "彭某", "000-00000000"),
        agency=AGENCIES["楚正"],
        region="湖北",
        vehicles="mixed",
        lots=(
            Lot("1", "单警防护装备", 1_150_000, (Item("防弹背心", 260, "件", "符合行业标准"),)),
            Lot("2", "无人机侦察系统", 980_000, (Item("多旋翼无人机", 6, "套", "续航≥40分钟"),)),
            Lot("3", "防暴处突装备", 2_640_000, (Item("装甲防暴车", 2, "辆", "四驱，上牌，具有公告型号"),)),
        ),
    )
    gear_published = at(wd(-4), 14, 19)
    gear_tender = tender(
        gear,
        slug="special-gear-tender",
        published=gear_published,
        documents=(wd(-4), wd(2)),
        deadline=at(_after(gear_published.date(), 20), 9, 0),
        place="楚阳市公共资源交易中心第二开标室",
    )
    transit = Project(
        key="transit",
        number=f"LZZFCG-{today.year}-1203",
        name="鲁泽市交通运输局城乡公交一体化运力更新项目",
        buyer=Party("鲁泽市交通运输局", "鲁泽市通达路000号", "曾某", "0000-0000000"),
        agency=AGENCIES["鲁岱"],
        region="山东",
        category="货物/设备/车辆/乘用车/大型客车",
        vehicles="yes",
        lots=(Lot("", "公交运力", 15_600_000, (Item("纯电动城市客车", 24, "辆", "车长8.5m级，电池质保8年"),)),),
    )
    transit_published = at(wd(-1), 10, 16)
    transit_tender = tender(
        transit,
        slug="transit-tender",
        published=transit_published,
        documents=(wd(0), wd(6)),
        deadline=at(_after(transit_published.date(), 22), 9, 30),
        place="鲁泽市公共资源交易中心三楼",
    )
    rescue = Project(
        key="first-aid",
        number=f"YJCG{today.year}-G-0140",
        name="越江市卫生健康局院前急救设备采购项目",
        buyer=Party("越江市卫生健康局", "越江市惠民路000号", "萧某", "0000-00000000"),
        agency=AGENCIES["越信"],
        region="浙江",
        template="zcy",
        vehicles="mixed",
        lots=(
            Lot("1", "急救转运单元", 1_800_000, (Item("监护型救护车", 4, "辆", "符合WS/T 292，随车上牌"),)),
            Lot("2", "除颤监护仪", 640_000, (Item("除颤监护仪", 16, "台", "具有医疗器械注册证"),)),
        ),
    )
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
    sweepers = Project(
        key="sweepers",
        number=f"YJYJ-{today.year}-019",
        name="越江市城市管理局洗扫车采购项目",
        buyer=Party("越江市城市管理局", "越江市净城路000号", "田某", "0000-00000000"),
        agency=AGENCIES["越信"],
        region="浙江",
        template="zcy",
        vehicles="yes",
        lots=(Lot("", "洗扫车", 5_200_000, (Item("纯电动洗扫车", 8, "辆", "拟要求上装与底盘同一品牌"),)),),
    )
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
    command = Project(
        key="command",
        number=f"MACG-{today.year}-D-0009",
        name="岷安市应急管理局应急通信指挥车扩充采购项目",
        buyer=Party("岷安市应急管理局", "岷安市安康路000号", "董某", "000-00000000"),
        agency=AGENCIES["诚岳"],
        region="四川",
        category="货物/设备/车辆/专用车辆/通讯指挥车",
        vehicles="yes",
        lots=(Lot("", "应急通信指挥车", 2_980_000, (Item("应急通信指挥车", 1, "辆", "与现有卫星通信系统互联互通"),)),),
    )
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
    mixed = Project(
        key="cars-and-insurance",
        number=f"SLCG-{today.year}-C-0177",
        name="苏澜市机关事务管理局公务用车购置及车辆保险服务项目",
        buyer=Party("苏澜市机关事务管理局", "苏澜市府前街000号", "袁某", "0000-00000000"),
        agency=AGENCIES["澜城"],
        region="江苏",
        vehicles="mixed",
        lots=(
            Lot("1", "公务用车购置", 1_080_000, (Item("公务用车（纯电动轿车）", 6, "辆", "裸车价不高于18万元"),)),
            Lot("2", "车辆保险服务", 240_000, (Item("车辆保险服务", 1, "项", "为现有85辆公务用车投保，期限一年"),)),
        ),
    )
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
    clinic = Project(
        key="clinic",
        number=f"CPZC-{today.year}-G-0192",
        name="沧平市人民医院移动体检车采购项目",
        buyer=Party("沧平市人民医院", "沧平市医院路000号", "潘某", "0000-0000000"),
        agency=AGENCIES["启衡"],
        region="河北",
        template="central",
        category="货物/设备/车辆/专用车辆/医疗车",
        vehicles="yes",
        lots=(Lot("", "移动体检车", 2_700_000, (Item("移动体检车", 1, "辆", "车载DR，车长≥10m，采血及心电检查区"),)),),
    )
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
    driving = Project(
        key="driving",
        number=f"CYZC-{today.year}-G-0220",
        name="楚阳职业技术学院教练车采购项目",
        buyer=Party("楚阳职业技术学院", "楚阳市大学路000号", "于某", "000-00000000"),
        agency=AGENCIES["楚正"],
        region="湖北",
        category="货物/设备/车辆/乘用车/轿车",
        vehicles="yes",
        lots=(Lot("", "教练车", 1_900_000, (Item("教练车（小型手动挡）", 20, "辆", "加装副制动踏板，喷涂标识"),)),),
    )
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
    hire = Project(
        key="hire-purchase",
        number=f"LZZFCG-{today.year}-1211",
        name="鲁泽市环境卫生中心新能源环卫车辆以租代购项目",
        buyer=Party("鲁泽市环境卫生中心", "鲁泽市清河路000号", "宋某", "0000-0000000"),
        agency=AGENCIES["鲁岱"],
        region="山东",
        category="服务/租赁服务/车辆及其他运输机械租赁服务",
        vehicles="review",
        lots=(
            Lot(
                "",
                "以租代购",
                7_200_000,
                (Item("新能源环卫车辆", 12, "辆", "租期五年，按月支付，期满车辆所有权转移至采购人"),),
            ),
        ),
    )
    hire_published = at(wd(-6), 10, 57)
    fourth = tender(
        hire,
        slug="hire-purchase-tender",
        published=hire_published,
        documents=(wd(-6), wd(1)),
        deadline=at(_after(hire_published.date(), 23), 9, 0),
        place="鲁泽市公共资源交易中心二楼",
    )
    chassis = Project(
        key="chassis",
        number=f"CYZC-{today.year}-Y-0016",
        name="楚阳市消防装备修造中心消防车底盘采购项目",
        buyer=Party("楚阳市消防装备修造中心", "楚阳市江滨路000号", "余某", "000-00000000"),
        agency=AGENCIES["楚正"],
        region="湖北",
        template="gpcms",
        platform="http://gpcms.example.cn",
        vehicles="review",
        lots=(Lot("", "二类底盘", 2_100_000, (Item("消防车二类底盘", 5, "台", "6×4，轴距4600mm，取力器"),)),),
    )
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
    orphan = Project(
        key="night-lights",
        number=f"MACG-{today.year}-G-0102",
        name="岷安市应急管理局照明车排涝车采购项目",
        buyer=Party("岷安市应急管理局", "岷安市安康路000号", "董某", "000-00000000"),
        agency=AGENCIES["诚岳"],
        region="四川",
        template="gpcms",
        vehicles="yes",
        lots=(Lot("", "应急抢险车辆", 3_300_000, (Item("照明车", 2, "辆"), Item("排涝车", 3, "辆"))),),
    )
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
    project = Project(
        key="buses",
        number=f"SLCG-{today.year}-ZG-0012",
        name="苏澜市公共交通管理处纯电动公交车采购项目",
        buyer=Party("苏澜市公共交通管理处", "苏澜市环城东路000号", "蒋某", "0000-00000000"),
        agency=AGENCIES["澜城"],
        region="江苏",
        category="货物/设备/车辆/乘用车/大型客车",
        vehicles="yes",
        lots=(Lot("", "纯电动公交车", 31_000_000, (Item("纯电动公交车", 40, "辆", "车长10.5m级，低入口"),)),),
        special=("申请人须为投标车型的生产企业或其销售企业。",),
    )
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
    frame = Project(
        key="framework",
        number=f"LZKJ-{today.year}-003",
        name=f"鲁泽市{today.year + 1}年度公务用车框架协议采购项目",
        buyer=Party("鲁泽市公共资源示例采购中心", "鲁泽市政务大厦000室", "杨某", "0000-0000000"),
        agency=None,
        region="山东",
        vehicles="yes",
        lots=(),
    )
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
    group = Project(
        key="bus-group",
        number=f"LZGJ-{today.year}-ZB-019",
        name="鲁泽示例公交集团纯电动客车采购项目",
        buyer=Party("鲁泽示例公交集团有限公司", "鲁泽市公交示例路000号", "曾某", "0000-0000000"),
        agency=Party("鲁泽通衡招标有限公司", "鲁泽市招商路000号", "孔某", "0000-0000000"),
        region="山东",
        vehicles="yes",
        lots=(),
    )
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
    project, old = police_project(today), police_deadline(today)
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
    vans = Project(
        key="vans",
        number=f"SLXJ-{today.year}-033",
        name="苏澜县文化馆流动图书车采购项目",
        buyer=Party("苏澜县文化馆", "苏澜县文昌街000号", "贾某", "0000-00000000"),
        agency=AGENCIES["澜城"],
        region="江苏",
        category="货物/设备/车辆/专用车辆/图书车",
        vehicles="yes",
        lots=(Lot("", "流动图书车", 420_000, (Item("流动图书车", 1, "辆", "车厢内设书架，承载≥2000册"),)),),
    )
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
