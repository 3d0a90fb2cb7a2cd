"""Whether a notice pauses a purchase or lets it go on, by its title or by a sentence of its body."""

import re
from typing import Literal

from crawler.notice import Kind

_ACT = r"(?:采购|招标投标|招投标|招标|投标|开标|开启|评标|评审|谈判|磋商|询价|竞价)"
_WHAT = rf"(?:本|该|此次?|上述|其)?(?:项目|标段|采购包)?(?:的|后续|全部|一切|相关)?{_ACT}(?:活动|程序|工作|事宜)?"
_STOP = r"(?:暂停|中止|暂缓)"
_PAUSES = re.compile(
    rf"{_STOP}(?:进行|开展|组织|办理|实施)?{_WHAT}"  # 现暂停本项目采购活动
    rf"|{_ACT}(?:活动|程序|工作)(?:将|现|已|决定|予以|自[^,。;]{{0,16}}起)*{_STOP}"  # 采购活动予以暂停
    rf"|(?:项目|标段)(?:将|现|已|决定|予以|暂时)+{_STOP}(?!获取|下载|受理|服务)"  # 本项目现暂停
)
_STOPS = re.compile(
    rf"{_PAUSES.pattern}|{_STOP}(?:的|本|该|此次?|公开|竞争性)*(?:采购|招标|项目|公告|活动|开标|通知|磋商|谈判)"
    rf"|关于{_STOP}[^,。]{{2,60}}(?:采购|招标|项目|活动)的?(?:公告|通知|公示)|[(]已?{_STOP}[)]"
)
"""In a title. A bare 暂停 may be part of the purchase's name (`应急供电（暂停供水）保障车`)."""
_RESUMES = re.compile(
    rf"(?<!不)恢复(?:进行|开展)?{_WHAT}|{_ACT}(?:活动|程序|工作)(?:现|已|决定|予以|自[^,。;]{{0,16}}起)*恢复"
    rf"|(?:项目)(?:现|已|决定|予以)+恢复"
)
_RESUMES_IN_TITLE = re.compile(
    rf"(?<!灾后|生态|植被|功能|康复)(?:{_RESUMES.pattern}|恢复的?(?:公告|通知))|[(]已?恢复[)]"
)
"""A bare 恢复 may be part of the purchase's name (`灾后恢复重建`, `恢复室`)."""
_GENERAL = re.compile(
    r"应当|应予|可以|有权|视情况|情形|期间不|不(?:予)?(?:暂停|中止)|(?:如|若|凡|一旦|遇)[^,。]{0,30}(?:暂停|中止|暂缓)"
    r"|(?:暂停|中止|暂缓|恢复)[^,。;]{0,20}(?:的|时),|不得|以外的|导致|引起|出现"
)
"""Rules of a document about pauses in general, not a word that this purchase is paused."""
_LATER = re.compile(
    r"(?:待|至|后再?|另行)[^。;]{0,24}恢复|恢复(?:的)?(?:时间|日期|情况)|恢复[^。;]{0,12}(?:另行|另行通知|为准|以后)"
)
"""A resumption that is still to come."""
_CANCELLED = re.compile(
    r"采购任务取消|取消(?:本次)?(?:采购|招标)|终止(?:本|该)?(?:项目|次)?(?:的)?(?:采购|招标)|重新(?:组织)?(?:采购|招标)"
)


def pause_of(title: str, text: str, kind: Kind) -> Literal["suspended", "resumed"] | None:
    """What a change, or a notice of no known kind, says of the purchase; both texts folded. The title decides first."""
    if kind not in ("correction", "other"):
        return None
    if _RESUMES_IN_TITLE.search(title):
        return "resumed"
    stops = _PAUSES if kind == "other" else _STOPS
    if stops.search(title) and not _CANCELLED.search(text):
        return "suspended"
    said: Literal["suspended", "resumed"] | None = None
    for sentence in re.split(r"[。;；!\n]", text):
        if _GENERAL.search(sentence):
            continue
        coming = _LATER.search(sentence)
        if _PAUSES.search(sentence) and not (_RESUMES.search(sentence) and not coming):
            said = "suspended"
        elif _RESUMES.search(sentence) and not coming:
            said = "resumed"
    return said
