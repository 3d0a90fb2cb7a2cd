"""Notices that buy no vehicles: look-alikes with 车 in the title, plain purchases, and any number for benchmarks."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from crawler import clock
from demo.formats import (
    NEGOTIATED,
    Change,
    Item,
    Lot,
    Negotiated,
    Party,
    Project,
    Win,
    at,
    award,
    correction,
    moment,
    negotiated,
    opinion,
    prequalification,
    single_source,
    tender,
    termination,
)
from demo.purchases import AGENCIES, SUPPLIERS
from demo.sample import Area, Sample, Template, Vehicles
from demo.workdays import step


@dataclass(frozen=True)
class Place:
    """Where a buyer sits: the portal's words for it, its agency and its source system."""

    region: str
    agency: str
    template: Template
    prefix: str
    """Of project numbers."""
    area: Area = "dfgg"


PLACES = {
    "沧平": Place("河北", "启衡", "table", "CPZC"),
    "岷安": Place("四川", "诚岳", "gpcms", "MACG"),
    "越江": Place("浙江", "越信", "zcy", "YJCG"),
    "苏澜": Place("江苏", "澜城", "central", "SLCG"),
    "楚阳": Place("湖北", "楚正", "gpcms", "CYZC"),
    "鲁泽": Place("山东", "鲁岱", "central", "LZZFCG"),
    "国家": Place("北京", "国采", "central", "GJSL", "zygg"),
}

# Type (with @ and the batch list it stands in) | buyer | what is bought | quantity and unit | budget in 万元 |
# what the need says. The first two characters of the buyer say where it sits.
ROWS = """
tender | 沧平市财政局 | 机动车辆定点保险服务 | 1 项 | 180 | 为全市机关412辆在册车辆提供交强险和商业险承保服务，期限一年
tender | 岷安市公安局 | 警用车辆维修保养定点服务 | 1 项 | 260 | 提供日常维修、保养、救援服务，配件按目录折扣结算
tender | 越江市机关事务服务中心 | 公务用车租赁服务 | 1 项 | 145 | 提供轿车和商务车按次租用，含驾驶员
tender | 苏澜市城市停车管理处 | 立体停车设备及停车场道闸系统采购 | 1 套 | 390 | 地上六层升降横移类停车设备
tender | 楚阳地铁示例建设管理处 | 车辆段综合楼物业管理服务 | 1 项 | 210 | 车辆段办公楼、食堂及运用库保洁和秩序维护
tender | 鲁泽市公共交通管理处 | 公交场站充电桩采购 | 60 台 | 480 | 直流快充桩120kW，含安装调试
tender | 沧平市汽车工程学校 | 智能制造实训室设备采购 | 1 批 | 165 | 工业机器人工作站及配套软件
tender | 岷安汽车职业学院 | 学生宿舍家具采购 | 1200 套 | 132 | 钢木组合床、储物柜
tender | 越江市交通运输局 | 驾驶员劳务派遣服务 | 1 项 | 320 | 派遣持证驾驶员40人，服务期两年
tender | 苏澜市公安局交通警察支队 | 电子警察抓拍设备更新 | 86 套 | 540 | 路口违法抓拍、车牌识别及后台接入
tender | 楚阳市公共交通管理处 | 车载视频监控终端采购 | 900 台 | 270 | 四路高清录像，北斗定位
tender | 鲁泽市环境卫生中心 | 环卫车辆轮胎及配件采购 | 1 批 | 118 | 按月供货，含安装
tender | 沧平市职业技术学院 | 新能源汽车实训设备采购 | 1 批 | 296 | 解剖台架、动力电池拆装平台及教学软件
tender | 岷安市第三人民医院 | 医用推车及治疗车采购 | 180 台 | 54 | 不锈钢及ABS治疗车、抢救车、病历车
tender | 越江市轨道交通示例运营中心 | 电客车车轮镟修服务 | 1 项 | 360 | 列车轮对镟修，年度约320对
tender | 苏澜市机关事务管理局 | 公务车辆加油卡服务 | 1 项 | 88 | 成品油供应，按挂牌价优惠结算
tender | 楚阳市第一中学 | 教学仪器采购 | 1 批 | 76 | 物理化学实验仪器
tender | 鲁泽市中心血站 | 全自动血液分析系统采购 | 2 套 | 310 | 配套试剂五年
tender | 沧平市图书馆 | 自助借还设备采购 | 24 台 | 96 | RFID自助借还机
tender | 岷安市水务局 | 水质在线监测设备采购 | 12 套 | 228 | 含运维三年
tender | 越江市档案馆 | 档案数字化加工服务 | 1 项 | 150 | 约260万页
tender | 苏澜市第二人民医院 | 彩色多普勒超声诊断仪采购 | 3 台 | 420 | 高端心脏机型
tender | 楚阳市生态环境局 | 大气走航监测数据分析服务 | 1 项 | 190 | 全年52次，提供分析报告
tender | 鲁泽市大数据中心 | 政务云扩容服务 | 1 项 | 680 | 三年服务期
tender | 沧平市体育局 | 健身路径器材采购 | 140 套 | 126 | 符合GB 19272
tender | 岷安市文化馆 | 舞台灯光音响设备采购 | 1 批 | 205 | 含安装调试
tender | 越江市教育局 | 中小学课桌椅采购 | 5200 套 | 260 | 可调节升降
tender | 苏澜市农业农村局 | 高标准农田监理服务 | 1 项 | 132 | 三个标段施工监理
tender | 楚阳市消防救援支队 | 消防设施维保检测服务 | 1 项 | 66 | 办公场所消防设施检测维护
tender | 鲁泽市人民检察院 | 信息化运维服务 | 1 项 | 98 | 驻场四人
tender | 国家示例档案局 | 密集架及恒温设备采购 | 1 批 | 520 | 库房二期
tender | 国家示例标准研究院 | 实验室质谱仪采购 | 2 台 | 610 | 三重四极杆
consultation | 沧平市交通运输局 | 汽车站安检设备采购 | 8 台 | 92 | 通道式X光机
consultation | 岷安市公安局 | 涉案车辆报废拆解处置服务 | 1 项 | 40 | 报废车辆回收、拆解、注销
consultation | 越江市第一人民医院 | 停车场引导系统采购 | 1 套 | 85 | 车位探测器及引导屏
consultation | 苏澜市职业中专 | 汽车模拟驾驶器采购 | 20 台 | 60 | 三屏模拟驾驶，配套教学平台
consultation | 楚阳市职业教育中心 | 汽车维修专业实训台架采购 | 1 批 | 110 | 发动机、底盘拆装实训台
consultation | 鲁泽市城市管理局 | 共享单车停放秩序管理服务 | 1 项 | 75 | 主城区巡查与摆放
consultation | 沧平市市场监督管理局 | 机动车检测线检定设备采购 | 1 套 | 68 | 制动检验台检定装置
consultation | 岷安市人民政府办公室 | 公务出行平台软件升级服务 | 1 项 | 48 | 派车、结算、统计功能升级
consultation | 越江市残疾人联合会 | 手动轮椅车采购 | 400 台 | 32 | 铝合金折叠
consultation | 苏澜市城市建设档案馆 | 车辆购置税资料数字化服务 | 1 项 | 38 | 历史凭证扫描著录
consultation | 楚阳市妇幼保健院 | 保洁服务 | 1 项 | 140 | 两院区
consultation | 鲁泽市气象局 | 自动气象站采购 | 15 套 | 90 | 六要素站
consultation | 国家示例信息中心 | 网络安全测评服务 | 1 项 | 96 | 等级测评
consultation | 沧平市民政局 | 养老服务评估 | 1 项 | 45 | 入户评估
consultation | 岷安市统计局 | 人口抽样调查服务 | 1 项 | 58 | 入户调查
consultation | 越江市博物馆 | 展柜采购 | 36 个 | 125 | 恒湿展柜
negotiation | 苏澜市机关事务管理局 | 机关车库门及车棚改造 | 1 项 | 46 | 钢结构车棚及电动卷帘
negotiation | 楚阳市公共交通管理处 | 公交车身广告资源招商代理服务 | 1 项 | 30 | 招商代理
negotiation | 鲁泽市城市管理局 | 无人机巡查服务 | 1 项 | 52 | 年度巡飞
negotiation | 沧平市第二中学 | 录播教室设备采购 | 6 套 | 84 | 4K录播
negotiation | 岷安市疾病预防控制中心 | 核酸提取试剂采购 | 1 批 | 70 | 按需供货
negotiation | 越江市园林管理中心 | 草坪修剪机采购 | 30 台 | 42 | 手推式
inquiry | 苏澜县财政局 | 复印纸采购 | 1 批 | 9 | A4纸
inquiry | 楚阳市司法局 | 台式计算机采购 | 60 台 | 33 | 国产处理器
inquiry | 鲁泽市公安局 | 车辆座套脚垫采购 | 1 批 | 12 | 按车型定制
inquiry | 沧平市卫生健康局 | 车载冰箱采购 | 40 台 | 10 | 12V压缩机制冷
inquiry | 岷安市林业局 | 森林防火扑火器材采购 | 1 批 | 28 | 风力灭火机、二号工具
inquiry | 越江市税务局 | 洗车服务 | 1 项 | 8 | 按次结算
award | 苏澜市财政局 | 公务用车保险服务 | 1 项 | 96 | 期限一年
award | 楚阳市公安局 | 车辆定位终端采购 | 320 台 | 64 | 北斗双模
award | 鲁泽市实验小学 | 校园直饮水设备采购 | 20 台 | 58 | 含滤芯更换
award | 沧平市应急管理局 | 应急广播系统采购 | 1 套 | 180 | 覆盖90个村
award | 岷安市儿童医院 | 婴儿培养箱采购 | 12 台 | 144 | 双壁
award | 越江市法院 | 庭审系统采购 | 1 套 | 130 | 十二个法庭
award | 国家示例海洋中心 | 浮标维护服务 | 1 项 | 220 | 年度维护
correction | 苏澜市教育局 | 校园安防系统采购 | 1 套 | 310 | 人脸识别门禁
correction | 楚阳市公共资源示例中心 | 车牌识别系统升级 | 1 套 | 36 | 停车场出入口六套
correction | 鲁泽市人民医院 | 血液透析机采购 | 10 台 | 260 | 含水处理
termination | 沧平市铁路示例管理处 | 机车检修库照明改造 | 1 项 | 74 | 更换LED灯具
termination | 岷安市图书馆 | 图书采购 | 1 批 | 120 | 中文图书
termination | 越江市公安局 | 车管所窗口服务外包 | 1 项 | 88 | 引导、录入服务
single_source | 苏澜市公安局 | 机动车登记系统运维服务 | 1 项 | 62 | 原厂运维
single_source | 楚阳市气象局 | 雷达备件采购 | 1 批 | 130 | 原厂备件
opinion | 鲁泽市机关事务管理局 | 公务用车社会化租赁服务 | 1 项 | 300 | 服务期三年
invited | 国家示例密码局 | 专用保密设备采购 | 1 批 | 240 | 定向邀请三家
prequalification | 国家示例测绘院 | 航空摄影服务 | 1 项 | 820 | 入围三家
negotiation | 国家示例档案局 | 库房消防报警系统维护服务 | 1 项 | 44 | 年度维护
inquiry | 国家示例信息中心 | 打印机采购 | 80 台 | 18 | 双面激光
negotiated_award | 国家示例标准研究院 | 标准样品采购 | 1 批 | 36 | 一年供货
correction | 国家示例海洋中心 | 潜标采购 | 6 套 | 510 | 深海型
termination | 国家示例测绘院 | 无人船采购 | 2 艘 | 160 | 测深
single_source | 国家示例档案局 | 缩微设备维修服务 | 1 项 | 25 | 原厂维修
opinion | 国家示例信息中心 | 机房空调采购 | 10 台 | 180 | 行间级
tender@zz/zzzb | 国家示例直属机关采购中心 | 台式计算机批量集中采购 | 860 台 | 470 | 国产处理器
award@zz/zzzhb | 国家示例直属机关采购中心 | 便携式计算机批量集中采购 | 310 台 | 220 | 国产处理器
opinion | 沧平市教育局 | 智慧课堂平台采购 | 1 套 | 450 | 三十所学校
"""


def project_of(index: int, buyer: str, what: str, item: Item, budget: int, day: date, vehicles: Vehicles) -> Project:
    place = PLACES[buyer[:2]]
    name = f"{buyer}{what}项目" if what.endswith(("采购", "服务")) else f"{buyer}{what}"
    gpcms = place.template == "gpcms"
    return Project(
        key=f"other-{index}",
        number=f"{place.prefix}-{day.year}-Q{index:05d}",
        name=name,
        buyer=Party(buyer, f"{buyer[:2]}市示例路{index % 400 + 1}号", "王某", "0000-0000000"),
        agency=AGENCIES[place.agency],
        region=place.region,
        lots=(Lot(what, budget, (item,)),),
        area=place.area,
        template=place.template,
        vehicles=vehicles,
        platform="http://gpcms.example.cn" if gpcms else "http://zfcg.example.cn",
    )


def _publish(kind: str, project: Project, slug: str, day: date, minute: int) -> Sample:
    """One notice of that type, published on that day, with the shortest plausible windows."""
    published = at(day, 9 + minute // 60 % 9, minute % 60)
    place = "公共资源交易中心开标室"
    kind, _, batch = kind.partition("@")
    if kind in NEGOTIATED:
        method: Negotiated = kind
        # Ten days for a consultation; three working days, and some for the answer, for the others.
        last = step(day, 5)
        if method == "consultation":
            last = step(max(day + timedelta(days=11), step(day, 6)), 0)
        due = at(last, 9, 30)
        return negotiated(
            project,
            method,
            slug=slug,
            published=published,
            documents=(day, step(day, 5 if method == "consultation" else 3)),
            deadline=due,
            place=place,
        )
    if kind in {"award", "negotiated_award"}:
        item = project.lots[0].items[0]
        price = project.budget * 96 // 100
        win = Win(
            "",
            SUPPLIERS["穹讯"],
            price,
            ((item.name, "示例", "标准型", f"{item.quantity}{item.unit}", price // item.quantity),),
        )
        return award(
            project,
            slug=slug,
            published=published,
            tendered=step(day, -20),
            decided=step(day, -1),
            wins=(win,),
            fee=project.budget // 100,
            negotiated=kind == "negotiated_award",
            batch=batch or None,
        )
    if kind == "correction":
        words = partial(moment, template=project.template)
        old, new = at(step(day, 6), 9, 0), at(step(day, 11), 9, 0)
        return correction(
            project,
            slug=slug,
            published=published,
            first=step(day, -8),
            subject="采购公告",
            changes=(Change("投标文件提交截止时间", words(old), words(new)),),
            deadline=new,
        )
    if kind == "termination":
        reasons = ("有效供应商不足三家，项目终止。",)
        return termination(project, slug=slug, published=published, reasons=reasons)
    if kind == "single_source":
        window = (day, step(day, 5))
        reason = "为保证与原有系统一致，需继续从原供应商处采购。"
        return single_source(
            project, slug=slug, published=published, supplier=SUPPLIERS["穹讯"], reason=reason, window=window
        )
    if kind == "opinion":
        points = ("1.采购需求是否存在倾向性；", "2.拟定资格条件；", "3.评分办法。")
        return opinion(project, slug=slug, published=published, window=(day, step(day, 3)), points=points)
    if kind == "prequalification":
        return prequalification(
            project,
            slug=slug,
            published=published,
            documents=(day, step(day, 5)),
            deadline=at(step(day, 7), 9, 30),
            place=place,
            invited="3家，按得分由高到低确定。",
        )
    return tender(
        project,
        slug=slug,
        published=published,
        documents=(day, step(day, 5)),
        deadline=at(step(max(day + timedelta(days=21), step(day, 6)), 0), 9, 0),
        place=place,
        invited=kind == "invited",
        batch=batch or None,
    )


def no_vehicles(today: date) -> list[Sample]:
    """The rows above as whole notices, spread over the last eight working days."""
    samples = []
    for index, line in enumerate(ROWS.strip().splitlines(), 1):
        kind, buyer, what, amount, budget, need = (cell.strip() for cell in line.split("|"))
        quantity, unit = amount.split()
        item = Item(what.removesuffix("采购"), int(quantity), unit, need)
        day = step(today, -1 - index % 8)
        project = project_of(index, buyer, what, item, int(budget) * 10_000, day, "no")
        samples.append(_publish(kind, project, f"other-{index}", day, index * 37 % 500))
    return samples


THINGS: tuple[tuple[str, str, Vehicles], ...] = (
    ("办公家具采购", "套", "no"),
    ("执法执勤用车采购", "辆", "yes"),
    ("医疗设备采购", "台", "no"),
    ("车辆保险服务", "项", "no"),
    ("服务器及存储设备采购", "台", "no"),
    ("消防车采购", "辆", "yes"),
    ("物业管理服务", "项", "no"),
    ("教学仪器采购", "批", "no"),
    ("洒水车采购", "辆", "yes"),
    ("充电桩采购", "台", "no"),
    ("校园安防系统采购", "套", "no"),
    ("车辆维修保养服务", "项", "no"),
)
OFFICES = (
    "公安局",
    "教育局",
    "卫生健康局",
    "城市管理局",
    "交通运输局",
    "第一人民医院",
    "应急管理局",
    "财政局",
    "林业局",
)
KINDS = ("tender", "tender", "consultation", "tender", "award", "inquiry", "tender", "negotiation", "correction")


def many(count: int, today: date | None = None) -> tuple[Sample, ...]:
    """So many generated notices for benchmarks, newest first, three minutes apart: the same for the same day.

    Every fourth buys vehicles; types, source systems and channels alternate.
    """
    last_evening = at((today or clock.today()) - timedelta(days=1), 20)
    return tuple(_generated(index, last_evening - timedelta(minutes=3 * index)) for index in range(count))


def _generated(index: int, published: datetime) -> Sample:
    what, unit, vehicles = THINGS[index % len(THINGS)]
    city = tuple(PLACES)[index % 6]
    buyer = f"{city}市{index // 6 % 97 + 1}区{OFFICES[index % len(OFFICES)]}"
    quantity = index % 23 + 1
    item = Item(what.removesuffix("采购"), quantity, unit, "技术参数、数量及交付要求详见采购文件第五章")
    project = project_of(index, buyer, what, item, 10_000 * (quantity * 18), published.date(), vehicles)
    sample = _publish(KINDS[index % len(KINDS)], project, f"many-{index}", published.date(), 0)
    return replace(sample, published=published, id=30_000_000 - index)
