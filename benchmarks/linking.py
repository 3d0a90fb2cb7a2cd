"""Notices a second of linking, beside a dictionary of project numbers over the same notices.

`python -m benchmarks.linking [NOTICES]` (default 30000) from the checkout's root. The notices are those of the invented
world of the tests. Prints one JSON line: notices a second for a tenth of them and for all (near-linear when the two are
alike), the ratio to the dictionary, and what each makes of the truth.
"""

import json
import sys
from itertools import product
from time import process_time

from tests.linking.world import World, pairwise_f1, world
from tracker.linking import link, normal_number

SYLLABLES = "青白云柳石东北枫松月南竹溪岚沅汀澄屏衡沔禾渚梯坞港烟篱鼓湾桥岭泉榆桐菱荷芦苇鹭鸥"
NOTICES_A_STORY = 9
STORIES_A_PLACE = 60


def made(notices: int) -> World:
    stories = notices // NOTICES_A_STORY + 1
    names = (f"{a}{b}{c}" for a, b, c in product(SYLLABLES, SYLLABLES, "县市区"))
    places = [name for name, _ in zip(names, range(stories // STORIES_A_PLACE + 1), strict=False)]
    return world(1, stories=stories, places=places)


def by_number(made: World) -> dict[str, str]:
    """What a crawler without linking does: the number as printed, else the title."""
    return {item.key: (item.number or item.title).strip() for item in made.items}


def timed(made: World) -> tuple[float, dict[str, str]]:
    start = process_time()
    found = link(made.items).project_of
    return len(made.items) / (process_time() - start), found


def main(notices: int) -> None:
    few, many = made(notices // 10), made(notices)
    rate_few, _ = timed(few)
    normal_number.cache_clear()
    rate, found = timed(many)
    start = process_time()
    naive = by_number(many)
    rate_naive = len(many.items) / (process_time() - start)
    print(
        json.dumps(
            {
                "notices": len(many.items),
                "notices_per_second": round(rate),
                "notices_per_second_of_a_tenth": round(rate_few),
                "times_slower_than_a_dictionary": round(rate_naive / rate, 1),
                "f1": round(pairwise_f1(many.project, found), 4),
                "f1_of_the_dictionary": round(pairwise_f1(many.project, naive), 4),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
