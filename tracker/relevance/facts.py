"""Facts about the vehicles of a notice: energy, chassis or complete, class of use, price of one, limit."""

from typing import Literal

from crawler.notice import Money
from tracker.relevance.phrase import normalise
from tracker.relevance.vocabulary import Limit, Vocabulary

Energy = Literal["new-energy", "fuel", "unknown"]
Make = Literal["chassis", "complete", "unknown"]
LimitCheck = Literal["within", "over", "unknown"]


def energy(vocabulary: Vocabulary, words: str) -> Energy:
    """New energy or fuel, where the words name one of the two; both or neither is unknown."""
    text = normalise(words)
    named: list[Energy] = [
        kind for kind, signs in vocabulary.data.energy.items() if any(sign in text for sign in signs)
    ]
    return named[0] if len(named) == 1 else "unknown"


def make(types: tuple[str, ...]) -> Make:
    """Whether chassis or complete vehicles are bought."""
    if not types:
        return "unknown"
    if types == ("chassis",):
        return "chassis"
    return "unknown" if "chassis" in types else "complete"


def use_class(vocabulary: Vocabulary, words: str, types: tuple[str, ...]) -> str:
    """The class of use: by the words of the name (机要通信用车), else by the type's own; `unknown` otherwise."""
    text = normalise(words)
    for row in vocabulary.data.use_classes:
        if any(word in text for word in row.words):
            return row.id
    own = {vocabulary.types[t].use_class for t in types} - {None}
    return str(own.pop()) if len(own) == 1 else "unknown"


def buyer_kind(vocabulary: Vocabulary, buyer: str) -> str:
    """What kind of body buys, by its name; `unknown` where no word tells."""
    return next((row.id for row in vocabulary.data.buyers if any(w in buyer for w in row.words)), "unknown")


def unit_price(total: Money | None, count: int | None) -> Money | None:
    """Total divided by number, rounded down to the 分; None where that would be a guess."""
    if total is None or not count or total.kind != "total" or total.hundredths <= 0:
        return None
    return Money(total.hundredths // count, total.currency, "unit")


def check_limit(
    vocabulary: Vocabulary,
    price: Money | None,
    use: str,
    types: tuple[str, ...],
    fuel: Energy,
    buyer: str,
    words: str,
) -> tuple[LimitCheck, Limit | None]:
    """Price of one vehicle against the limits for official cars, and the row that applies.

    Only a bare price is compared: where tax, plates, insurance or fit-out are in it, or nobody says whether they
    are, the answer is `unknown`, never `over`. Class of use, one type, the fuel and the kind of buyer must be known.
    """
    limits = vocabulary.data.limits
    if price is None or price.currency != "CNY" or fuel == "unknown" or len(types) != 1:
        return "unknown", None
    if buyer not in limits.buyers:
        return "unknown", None
    text = normalise(words)
    for sign in limits.bare:
        text, found = text.replace(sign, ""), sign in text
        if found:
            break
    else:
        return "unknown", None
    if any(sign in text for sign in limits.inclusive):
        return "unknown", None
    rows = [row for row in limits.rows if use in row.use and types[0] in row.types and fuel in row.energy]
    if not rows:
        return "unknown", None
    row = max(rows, key=lambda r: r.max_yuan)
    return ("within" if price.hundredths <= row.max_yuan * 100 else "over"), row
