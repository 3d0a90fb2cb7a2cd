"""An invented world of vehicle purchases with the noise of portals, and the truth about it.

Everything is drawn from a seed: buyers, goods, numbers and dates are made up. The traps are those of real portals:
copies with other spellings, missing numbers and buyers, corrections and results without a number, second attempts
with old and new numbers, an intention under another name, two like purchases of one buyer within days, one number at
two buyers, the same purchase every year.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from crawler.notice import Kind
from tracker.linking import Linkable

PLACES = (
    "青禾县", "白石市", "云梯县", "柳湾区", "石鼓市", "东篱县",
    "北渚区", "枫桥市", "松烟县", "月港市", "南屏县", "竹坞区",
)  # fmt: skip
BODIES = (
    "公安局", "城市管理局", "中心医院", "人民医院", "第一中学", "第二中学", "卫生健康局", "应急管理局", "消防救援大队",
    "公共交通集团有限公司", "水务有限公司", "机关事务服务中心", "教育局", "交通运输局", "环境卫生管理处",
)  # fmt: skip
GOODS = (
    "负压救护车", "执法执勤车辆", "压缩式垃圾车", "纯电动公交车", "多功能抑尘车", "双排座皮卡", "专用校车",
    "水罐消防车", "应急指挥车", "道路清障车", "冷链疫苗运输车", "高空作业车", "移动体检车", "警用摩托车",
    "公务用车", "洗扫车", "吸污车", "移动图书车",
)  # fmt: skip
SHAPES = ("采购项目", "购置项目", "采购", "更新购置项目")
AGENCIES = ("清源招标代理有限公司", "正阳工程咨询有限公司", "远航项目管理有限公司", "公共资源交易中心")
PORTALS = ("国家政府采购网", "公共资源全国平台", "省公共资源网")
OPENINGS: dict[Kind, str] = {
    "tender": "公开招标公告",
    "negotiation": "竞争性谈判公告",
    "consultation": "竞争性磋商公告",
    "inquiry": "询价公告",
}
TITLES: dict[Kind, str] = OPENINGS | {
    "opinion": "采购需求意见征询公告",
    "prequalification": "资格预审公告",
    "correction": "更正公告",
    "termination": "废标公告",
    "award_candidate": "中标候选人公示",
    "award": "中标结果公告",
    "contract": "合同公告",
    "acceptance": "验收结果公告",
}
DIGITS = "零一二三四五六七八九"


@dataclass
class World:
    items: list[Linkable] = field(default_factory=list)
    project: dict[str, str] = field(default_factory=dict)
    notice: dict[str, str] = field(default_factory=dict)
    proceeding: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Kind and round, by publication."""


@dataclass(frozen=True)
class Purchase:
    id: str
    buyer: str
    agency: str
    goods: str
    name: str
    number: str
    budget_fen: int
    start: date
    opening: Kind


def _spelt(number: str, rng: Random) -> str:
    """A number as another portal prints it."""
    change = rng.randrange(8)
    if change == 0:
        return number.replace("-", rng.choice("—–－‐"))
    if change == 1:
        return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in number)
    if change == 2:
        return number.replace("[", "【").replace("]", "】").replace("(", "（").replace(")", "）")
    if change == 3:
        return f" {number[:6]} {number[6:]} "
    if change == 4:
        return f"{number}）{rng.choice(('公开招标公告', '竞争性磋商公告'))}"
    if change == 5:
        return f"{number}（政府采购任务书编号：RW{rng.randrange(10**6):06d}）"
    if change == 6:
        return number.lower() + "。"
    return number


def _titled(title: str, purchase: Purchase, rng: Random) -> str:
    """A title as another portal prints it."""
    change = rng.randrange(7)
    if change == 0:
        return f"[{purchase.buyer[:3]}]{title}"
    if change == 1:
        return f"【{rng.choice(('货物', '电子化'))}】{title}"
    if change == 2:
        return title.replace(purchase.goods, f"<em style='color:red'>{purchase.goods}</em>")
    if change == 3:
        return f"{purchase.agency}关于{title}"
    return title


def _called(buyer: str, rng: Random) -> str:
    """A buyer as another portal writes it."""
    if buyer.endswith("有限公司"):
        return rng.choice((buyer, buyer.replace("有限公司", "有限责任公司"), f"{buyer}（采购人）"))
    return rng.choice((buyer, buyer, f"{buyer}(本级)", f"{buyer[:2]} {buyer[2:]}"))


def _text(purchase: Purchase, kind: Kind, round_: int, extra: str) -> str:
    serial = f"{purchase.id}{kind}{round_}{extra}"
    rng = Random(serial)
    filler = "".join(chr(0x4E00 + rng.randrange(4000)) for _ in range(180))
    return f"项目概况 {purchase.buyer}{purchase.name} 第{round_}次 {extra} {filler}"


class Maker:
    """Writes the life of one purchase after another into a world."""

    def __init__(self, seed: int, places: Sequence[str]) -> None:
        self.rng = Random(seed)
        self.places = places
        self.world = World()
        self.count = self.made = 0
        self.bought: set[tuple[str, str]] = set()
        """Buyer and goods; the same again is a story of its own, never chance."""

    def number(self, buyer: str) -> str:
        rng = self.rng
        serial = rng.randrange(1, 9999)
        letters = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(4))
        region = 330100 + self.places.index(buyer[:3])
        return rng.choice(
            (
                f"{letters}-2026-{rng.choice('CGJ')}-{serial:04d}",
                f"[{region}]{letters}[GK]2026{serial:04d}",
                f"SDGP{region}000202602{serial:06d}",
                f"{letters}ZC2026-G1-{serial:05d}-{letters[:2]}ZB-{rng.randrange(9999):04d}",
                f"{buyer[:2]}财采购2026-{self.count + 3}",
            )
        )

    def purchase(self, **given: object) -> Purchase:
        rng = self.rng
        buyer, goods = str(given.pop("buyer", "")), str(given.pop("goods", ""))
        while not buyer or not goods:
            drawn = buyer or rng.choice(self.places) + rng.choice(BODIES), goods or rng.choice(GOODS)
            if drawn not in self.bought:
                buyer, goods = drawn
        self.bought.add((buyer, goods))
        year = rng.choice(("2026年", "2026年度", ""))
        self.made += 1
        made = Purchase(
            id=f"p{self.made:05d}",
            buyer=buyer,
            agency=buyer[:2] + rng.choice(AGENCIES),
            goods=goods,
            name=f"{rng.choice((buyer, ''))}{year}{goods}{rng.choice(SHAPES)}",
            number=self.number(buyer),
            budget_fen=rng.randrange(300, 9000) * 100_000 + rng.randrange(100) * 1000,
            start=date(2026, 1, 5) + timedelta(days=rng.randrange(200)),
            opening=rng.choice(tuple(OPENINGS)),
        )
        return replace(made, **given)  # type: ignore[arg-type]

    def publish(
        self,
        purchase: Purchase,
        kind: Kind,
        day: date,
        part: tuple[str, int],
        *,
        title: str | None = None,
        number: str | None = "",
        name: str | None = "",
        deadline: str | None = None,
        extra: str = "",
        copies: bool = True,
        **fields: object,
    ) -> None:
        """One notice, on one to three portals."""
        rng, world = self.rng, self.world
        printed_number = purchase.number if number == "" else number
        printed_name = purchase.name if name == "" else name
        heading = printed_name if not printed_name or purchase.buyer in printed_name else purchase.buyer + printed_name
        title = title or f"{heading}{extra}{TITLES[kind]}"
        notice = f"n{self.count:05d}"
        portals = rng.sample(PORTALS, rng.choice((1, 1, 2, 3)) if copies else 1)
        for at, portal in enumerate(portals):
            key = f"k{rng.getrandbits(40):010x}"
            wrong = 0.1 if at > 0 and kind in OPENINGS else 0.0  # a copy with a wrong deadline
            bare = at > 0 and rng.random() < 0.3  # a copy that holds attachment names only
            world.items.append(
                replace(
                    Linkable(
                        key=key,
                        portal=portal,
                        title=title if at == 0 else _titled(title, purchase, rng),
                        kind=kind,
                        published=day + timedelta(days=rng.choice((0, 0, 0, 1)) if at else 0),
                        number=None if bare or printed_number is None else _spelt(printed_number, rng),
                        name=None if bare else printed_name,
                        buyer=None if bare or rng.random() < 0.1 else _called(purchase.buyer, rng),
                        agency=purchase.agency,
                        budget_fen=None if bare or kind not in OPENINGS else purchase.budget_fen,
                        deadline=None
                        if bare
                        else f"{deadline[:-5]}23:59"
                        if deadline and rng.random() < wrong
                        else deadline,
                        text_start="相关附件： 采购文件.zip" if bare else _text(purchase, kind, part[1], extra),
                    ),
                    **fields,  # type: ignore[arg-type]
                )
            )
            world.project[key] = purchase.id
            world.notice[key] = notice
            world.proceeding[key] = part
        self.count += 1

    def attempt(self, purchase: Purchase, day: date, round_: int, *, fails: bool, mark: bool = True) -> date:
        """Opening, corrections and result of one attempt; the day of its end."""
        rng = self.rng
        part = ("purchase", round_)
        marks = [f"（第{DIGITS[round_]}次）", f"({DIGITS[round_]}次)"] + ["（重新招标）"] * (round_ == 2)
        again = rng.choice(marks) if round_ > 1 and mark else ""
        due = day + timedelta(days=rng.choice((11, 20, 21)))
        self.publish(
            purchase,
            purchase.opening,
            day,
            part,
            extra=again,
            deadline=f"{due}T{rng.choice(('09:00', '09:30', '14:30'))}",
        )
        for change in range(rng.choice((0, 0, 1, 2))):
            due += timedelta(days=5)
            ordinal = f"（第{DIGITS[change + 1]}次）"
            self.publish(
                purchase,
                "correction",
                day + timedelta(days=4 + 4 * change),
                part,
                title=f"{purchase.name}{again}更正公告{ordinal}",
                number=rng.choice((purchase.number, None)),
                deadline=f"{due}T09:30",
                extra=again + ordinal,
                buyer=purchase.buyer,
                name=purchase.name,
            )
        if fails:
            end = due + timedelta(days=1)
            self.publish(purchase, "termination", end, part, extra=again)
            return end
        if rng.random() < 0.4:
            self.publish(purchase, "award_candidate", due + timedelta(days=1), part, extra=again)
        end = due + timedelta(days=5)
        self.publish(purchase, "award", end, part, extra=again)
        if rng.random() < 0.5:
            self.publish(purchase, "contract", end + timedelta(days=20), part, extra=again, copies=False)
        if rng.random() < 0.2:
            self.publish(purchase, "acceptance", end + timedelta(days=120), part, extra=again, copies=False)
        return end

    def plain(self) -> None:
        purchase = self.purchase()
        self.attempt(purchase, purchase.start, 1, fails=False)

    def intended(self) -> None:
        """An intention under a shorter name, then opinions under a number of their own, then the tender."""
        purchase = self.purchase()
        self.publish(
            purchase,
            "intention",
            purchase.start - timedelta(days=60),
            ("intention", 1),
            title=f"{purchase.buyer}2026年{purchase.start.month}月政府采购意向",
            number=None,
            name=f"{purchase.goods}{self.rng.choice(SHAPES)}",
            budget_fen=purchase.budget_fen,
            buyer=purchase.buyer,
            copies=False,
        )
        if self.rng.random() < 0.5:
            self.publish(
                purchase,
                "opinion",
                purchase.start - timedelta(days=25),
                ("opinion", 1),
                number=f"YJ{self.rng.randrange(10**6):06d}-2026",
                buyer=purchase.buyer,
            )
        self.attempt(purchase, purchase.start, 1, fails=False)

    def qualified(self) -> None:
        purchase = replace(self.purchase(), opening="tender")
        self.publish(purchase, "prequalification", purchase.start - timedelta(days=40), ("qualification", 1))
        self.attempt(purchase, purchase.start, 1, fails=False)

    def repeated(self) -> None:
        """Fails once or twice; the next attempt has the old number or a new one."""
        purchase, rng = self.purchase(), self.rng
        day = purchase.start
        rounds = rng.choice((2, 2, 3))
        silent = rng.random() < 0.2  # the old number and no word of its being a second attempt
        for round_ in range(1, rounds + 1):
            end = self.attempt(purchase, day, round_, fails=round_ < rounds, mark=not silent)
            day = end + timedelta(days=rng.randrange(3, 40))
            if not silent and rng.random() < 0.5:
                purchase = replace(purchase, number=self.number(purchase.buyer))

    def combined(self) -> None:
        """A negotiation to find the terms, then a tender under the same number."""
        purchase = replace(self.purchase(), opening="negotiation")
        self.publish(purchase, "negotiation", purchase.start, ("purchase", 1), deadline=f"{purchase.start}T09:00")
        self.attempt(
            replace(purchase, opening="tender"), purchase.start + timedelta(days=30), 2, fails=False, mark=False
        )

    def twins(self) -> None:
        """Two purchases of one buyer within days, differing in batch or in goods."""
        first = self.purchase()
        if self.rng.random() < 0.5:
            goods = self.rng.choice([goods for goods in GOODS if (first.buyer, goods) not in self.bought])
            name = first.name.replace(first.goods, goods)
            names = (first.name, name)
        else:
            goods = first.goods
            names = (f"{first.name}（第一批）", f"{first.name}（第二批）")
        first = replace(first, name=names[0])
        self.attempt(first, first.start, 1, fails=False)
        second = self.purchase(
            buyer=first.buyer, goods=goods, name=names[1], start=first.start + timedelta(days=self.rng.randrange(4))
        )
        self.attempt(second, second.start, 1, fails=False)

    def same_number(self) -> None:
        """One number at two buyers."""
        first = self.purchase(number=f"{self.rng.choice(('ZFCG', '2026CG', 'CGZX'))}-2026-{self.count % 1000:03d}")
        self.attempt(first, first.start, 1, fails=False)
        second = self.purchase(number=first.number, start=first.start + timedelta(days=3))
        while second.buyer == first.buyer:
            second = self.purchase(number=first.number, start=second.start)
        self.attempt(second, second.start, 1, fails=False)

    def yearly(self) -> None:
        """The same name again a year later."""
        first = self.purchase()
        self.attempt(first, first.start, 1, fails=False)
        second = self.purchase(
            buyer=first.buyer, goods=first.goods, name=first.name, start=first.start + timedelta(days=364)
        )
        self.attempt(second, second.start, 1, fails=False)

    def in_lots(self) -> None:
        """Two lots with results of their own, the lot glued to the number."""
        purchase = self.purchase()
        day = purchase.start
        self.publish(purchase, purchase.opening, day, ("purchase", 1), deadline=f"{day + timedelta(days=20)}T09:30")
        for lot in (1, 2):
            glued = self.rng.choice((f"-{lot:02d}", f"/包{lot}", f"（{DIGITS[lot]}）"))
            said = self.rng.choice((f"第{lot}包", f"（采购包{lot}）", f"第{DIGITS[lot]}包"))
            kind: Kind = self.rng.choice(("award", "termination"))
            self.publish(
                purchase,
                kind,
                day + timedelta(days=24 + lot),
                ("purchase", 1),
                number=purchase.number + glued,
                extra=said,
                buyer=purchase.buyer,
            )


STORIES = ("plain", "intended", "qualified", "repeated", "combined", "twins", "same_number", "yearly", "in_lots")


def world(seed: int, stories: int = 40, seen: float = 1.0, places: Sequence[str] = PLACES) -> World:
    """A world of so many stories in the order of a shuffled mailbag, of which a share was seen.

    `places` are names of three characters; a place has room for about a hundred stories.
    """
    maker = Maker(seed, places)
    for _ in range(stories):
        getattr(maker, maker.rng.choice(STORIES))()
    maker.rng.shuffle(maker.world.items)
    del maker.world.items[round(seen * len(maker.world.items)) :]
    return maker.world


def pairwise_f1(truth: dict[str, str], found: dict[str, str]) -> float:
    """F1 over all pairs of publications that belong together."""
    of_both: dict[tuple[str, str], int] = {}
    of_truth: dict[str, int] = {}
    of_found: dict[str, int] = {}
    for key, other in found.items():
        group = truth[key]
        both = (group, other)
        of_both[both] = of_both.get(both, 0) + 1
        of_truth[group] = of_truth.get(group, 0) + 1
        of_found[other] = of_found.get(other, 0) + 1

    def pairs(counts: dict[str, int] | dict[tuple[str, str], int]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    right, wanted, given = pairs(of_both), pairs(of_truth), pairs(of_found)
    return 2 * right / (wanted + given) if wanted + given else 1.0
