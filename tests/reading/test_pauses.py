"""A purchase that rests or goes on, told by a title or only by the body."""

import pytest

from crawler.reading import read_document

RESTS, GOES_ON, NEITHER = (True, False), (False, True), (False, False)
CORRECTION = "青禾县公安局警车采购项目更正公告"


@pytest.mark.parametrize(
    ("title", "body", "said"),
    [
        (CORRECTION, "更正内容：因收到供应商质疑，现暂停本项目采购活动，恢复时间另行通知。", RESTS),
        (CORRECTION, "更正内容：本项目中止采购活动，待质疑处理完毕后另行公告。", RESTS),
        (CORRECTION, "更正内容：本项目暂缓开标，开标时间另行通知。", RESTS),
        (CORRECTION, "更正内容：本项目采购活动自即日起暂停，原定开标暂不进行。", RESTS),
        ("青禾县公安局警车采购项目公告", "根据县财政局通知，本项目采购活动暂停，暂停期限不超过30日。", RESTS),
        ("青禾县公安局警车采购项目暂停公告", "因故暂停。", RESTS),
        ("青禾县公安局警车采购项目中止公告", "因收到质疑，本项目现中止采购，待处理完成后恢复。", RESTS),
        (CORRECTION, "更正内容：前期暂停的采购活动现予以恢复，截止时间变更为2026年12月20日09时30分。", GOES_ON),
        (CORRECTION, "更正内容：本项目恢复采购活动，投标截止时间为2026年12月20日09时30分。", GOES_ON),
        ("青禾县公安局警车采购项目恢复采购公告", "质疑已处理完毕。", GOES_ON),
        ("青禾县公安局警车采购项目恢复公告", "质疑已处理完毕。", GOES_ON),
        ("关于暂停青禾县公安局警车采购项目的公告", "收到质疑。", RESTS),
        # Words of the purchase's name.
        ("青禾县灾后恢复重建救护车采购项目更正公告", "更正内容：第5页改为80。", NEITHER),
        ("青禾县医院恢复室灯采购更正公告", "更正内容：第5页改为80。", NEITHER),
        ("青禾县应急供电（暂停供水）保障车采购更正公告", "更正内容：第5页改为80。", NEITHER),
        # What a document says of pauses in general, and pauses of other things.
        (CORRECTION, "更正内容：第五章改为：质疑期间不暂停采购活动。", NEITHER),
        (CORRECTION, "投诉处理期间，财政部门可以视情况书面通知采购人暂停采购活动。", NEITHER),
        (CORRECTION, "出现系统故障的，应当暂停开标活动。", NEITHER),
        (CORRECTION, "更正内容：因系统维护暂停获取采购文件服务，11月25日恢复正常。", NEITHER),
        ("青禾县公安局警车采购项目招标公告", "因不可抗力中止电子交易活动的，暂停采购活动。", NEITHER),
        ("青禾县公安局警车采购项目中止公告", "因重大变故，采购任务取消，终止本项目采购。", NEITHER),
        ("关于暂停某公司参加政府采购活动资格的通报", "经查，该公司提供虚假材料。", NEITHER),
        ("某局消防车采购项目（暂停）公告", "", (True, False)),
        ("某局消防车采购项目（恢复）公告", "", (False, True)),
    ],
)
def test_what_a_notice_says_of_the_purchase(title: str, body: str, said: tuple[bool, bool]) -> None:
    (notice,) = read_document(title=title, text=f"{title}\n{body}", published="2026-11-20")
    assert (notice.suspended, notice.resumed) == said
