"""Titles a second of the classifier, beside a plain keyword match over the same titles.

`python -m benchmarks.relevance [TITLES.tsv]` from the checkout's root (columns label, reason,
title). Prints one JSON line.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

from crawler.clock import now
from tracker.relevance import classify

OWN = Path(__file__).parent.parent / "tests" / "relevance" / "titles.tsv"
# What most of a portal's day looks like: no word of vehicles at all.
PLAIN = (
    "云岭县第一中学食堂食材配送服务项目公开招标公告",
    "青汀县人民医院64排CT采购项目中标公告",
    "岚溪市水环境综合治理工程（二期）施工招标公告",
    "东澄区2026年老旧小区改造设计服务竞争性磋商公告",
    "清峪县政务云平台等级保护测评服务采购",
)
KEYWORDS = re.compile(
    "消防车|救护车|公交车|环卫车|垃圾车|洒水车|警车|校车|客车|货车|皮卡|摩托车|执法车|公务用车|车辆|车"
)
SECONDS = 1.0


def rate(titles: list[str], once: Callable[[str], object]) -> float:
    """Titles a second of processor time, over at least SECONDS."""
    for title in titles:
        once(title)
    done, start = 0, process_time()
    while process_time() - start < SECONDS:
        for title in titles:
            once(title)
        done += len(titles)
    return done / (process_time() - start)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN
    with_car = [line.split("\t")[2] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    feed = with_car[:100] + list(PLAIN) * 380  # about one title in twenty has 车 in it
    found = {}
    for name, titles in (("plain", list(PLAIN)), ("with_car", with_car), ("feed", feed)):
        ours, theirs = rate(titles, classify), rate(titles, KEYWORDS.search)
        found[name] = {
            "titles_per_s": round(ours),
            "keyword_match_per_s": round(theirs),
            "ratio": round(theirs / ours, 1),
        }
    print(json.dumps({"benchmark": "relevance", "at": now().isoformat(), **found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
