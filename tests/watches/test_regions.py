"""Where a purchase is: the words that say so, and names that many places share."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.regions import Place, UnknownRegion, gazetteer, place_of


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"portal": "浙江", "buyer": "宁波市公安局"}, ("浙江省", "宁波市")),
        ({"buyer": "昆山市公安局"}, ("江苏省", "苏州市", "昆山市")),
        ({"portal": "昆山"}, ("江苏省", "苏州市", "昆山市")),
        ({"portal": "沪"}, ("上海市",)),
        ({"portal": "兵团"}, ("新疆生产建设兵团",)),
        ({"buyer": "内蒙古自治区消防救援总队"}, ("内蒙古自治区",)),
        ({"buyer": "济源市城市管理局"}, ("河南省", "济源市")),
        ({"buyer": "恩施州消防救援支队"}, ("湖北省", "恩施土家族苗族自治州")),
        ({"buyer": "景宁县消防救援大队"}, ("浙江省", "丽水市", "景宁畲族自治县")),
        ({"buyer": "海南州公安局"}, ("青海省", "海南藏族自治州")),
        ({"portal": "吉林", "buyer": "吉林市消防救援支队"}, ("吉林省", "吉林市")),
        ({"buyer": "某研究院", "address": "广州市越秀区示例路1号"}, ("广东省", "广州市", "越秀区")),
        ({"title": "丰县人民医院救护车采购"}, ("江苏省", "徐州市", "丰县")),
        ({"title": "永丰县人民医院救护车采购"}, ("江西省", "吉安市", "永丰县")),
    ],
)
def test_the_portals_field_the_buyer_the_address_and_the_title_name_the_place(
    said: dict[str, str], path: tuple[str, ...]
) -> None:
    assert place_of(**said).path == path


def test_the_words_and_where_they_stood_are_kept() -> None:
    place = place_of(portal="浙江", buyer="宁波市公安局")
    assert [(seen.words, seen.source) for seen in place.evidence] == [("浙江", "portal"), ("宁波市", "buyer")]


@pytest.mark.parametrize("name", ["朝阳区", "鼓楼区", "西湖区", "城区", "江北区"])
def test_a_name_that_places_share_is_left_open(name: str) -> None:
    place = place_of(buyer=f"{name}环境卫生中心")
    assert (place.path, place.open) == ((), (name,))


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"portal": "北京市", "buyer": "朝阳区环卫中心"}, ("北京市", "朝阳区")),
        ({"buyer": "吉林省长春市朝阳区人民医院"}, ("吉林省", "长春市", "朝阳区")),
        ({"portal": "鼓楼区", "address": "福建省福州市鼓楼区示例路1号"}, ("福建省", "福州市", "鼓楼区")),
        ({"buyer": "汕尾市城区环卫局"}, ("广东省", "汕尾市", "城区")),
    ],
)
def test_what_stands_beside_it_decides(said: dict[str, str], path: tuple[str, ...]) -> None:
    assert place_of(**said).path == path


@pytest.mark.parametrize(
    "said",
    [
        {"buyer": "中山大学附属医院"},
        {"address": "南京路1号"},
        {"buyer": "东方市场管理有限公司"},
        {"title": "中原区域救援装备采购"},
        {"title": "某单位北京现代轿车采购"},
    ],
)
def test_streets_schools_and_brands_are_no_places(said: dict[str, str]) -> None:
    assert place_of(**said).path == ()


def test_a_later_text_never_contradicts_the_portals_field() -> None:
    assert place_of(portal="浙江省", title="长春市车辆采购").path == ("浙江省",)


@pytest.mark.parametrize(
    ("region", "answer"),
    [(("浙江省",), True), (("浙江省", "宁波市"), True), (("浙江省", "宁波市", "慈溪市"), None), (("江苏省",), False)],
)
def test_within_says_when_it_is_not_known(region: tuple[str, ...], answer: bool | None) -> None:
    assert Place(("浙江省", "宁波市")).within(region) is answer


@pytest.mark.parametrize("words", ["宁波", "浙江省宁波市", "浙江/宁波市", "浙江宁波"])
def test_people_name_regions_as_they_like(words: str) -> None:
    assert gazetteer().named(words).name == "浙江省宁波市"


@pytest.mark.parametrize(("words", "hint"), [("朝阳区", "长春市朝阳区"), ("宁坡市", "宁"), ("火星", "浙江省宁波市")])
def test_a_region_nobody_knows_says_what_to_write(words: str, hint: str) -> None:
    with pytest.raises(UnknownRegion, match=hint):
        gazetteer().named(words)


def test_every_region_is_found_by_its_full_name() -> None:
    known = gazetteer()
    lost = [path for path in known.regions if known.place([("buyer", "".join(path) + "公安局")]).path != path]
    assert lost == []


def test_the_codes_are_those_of_the_standard() -> None:
    known = gazetteer()
    levels = [region.level for region in known.regions.values()]
    assert levels.count("province") == 35  # 34 and the 兵团
    assert levels.count("city") == 333
    assert known.regions["浙江省", "宁波市"].code == "3302"
    assert all(re.fullmatch(r"\d{2}|\d{4}", region.code) for region in known.regions.values())
    assert all(region.code[:2] == known.regions[path[:1]].code for path, region in known.regions.items())


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    place = place_of(portal=text, buyer=text, title=text)
    assert place.path == () or place.path in gazetteer().regions
