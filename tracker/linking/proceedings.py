"""The procedures inside a project: before the notice, qualification, each attempt to buy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crawler.notice import Kind
from tracker.linking.answer import NoticeGroup, Proceeding, ProceedingKind
from tracker.linking.evidence import COPY_DAYS, settled
from tracker.linking.publication import OPENERS, Facts


@dataclass
class _Course:
    """A proceeding while its notices are being found."""

    kind: ProceedingKind
    attempt: int | None = None
    opening: Kind | None = None
    day: int | None = None
    numbers: set[str] = field(default_factory=set)
    printed: str | None = None
    notices: list[NoticeGroup] = field(default_factory=list)
    repeats: bool = False

    def add(self, notice: NoticeGroup, members: Sequence[Facts]) -> None:
        self.notices.append(notice)
        self.numbers |= {number.stem for facts in members for number in facts.numbers.values()}
        self.printed = self.printed or next((facts.item.number for facts in members if facts.item.number), None)
        if self.attempt is None:
            self.attempt = attempt_of(members)


def attempt_of(members: Sequence[Facts]) -> int | None:
    said = [settled(facts.attempt) for facts in members if facts.attempt is not None]
    return max(said, default=None)


def proceedings(notices: Sequence[NoticeGroup], by_key: dict[str, Facts]) -> list[Proceeding]:
    """Share a project's notices out among its proceedings: first what opens one, then what follows."""
    parts = {notice.id: [by_key[key] for key in notice.members] for notice in notices}
    terminations = [
        (parts[n.id][0].day, attempt_of(parts[n.id])) for n in notices if parts[n.id][0].stage == "termination"
    ]
    courses: list[_Course] = []
    followers: list[NoticeGroup] = []
    for notice in notices:
        stage = "opening" if notice.kind in OPENERS else notice.kind
        course = None
        if stage in ("intention", "opinion"):
            kind: ProceedingKind = "intention" if stage == "intention" else "opinion"
            course = next((c for c in courses if c.kind == kind), None) or _Course(kind)
        elif stage in ("opening", "prequalification"):
            course = _opened(notice, parts[notice.id], courses, terminations)
        else:
            followers.append(notice)
        if course:
            if course not in courses:
                courses.append(course)
            course.add(notice, parts[notice.id])
    for notice in followers:
        course = _followed(parts[notice.id], courses)
        if course not in courses:
            courses.append(course)
        course.add(notice, parts[notice.id])
    return _numbered(courses)


def _opened(
    notice: NoticeGroup,
    members: Sequence[Facts],
    courses: Sequence[_Course],
    terminations: Sequence[tuple[int | None, int | None]],
) -> _Course:
    """The proceeding that an opening notice opens, or the one it publishes anew."""
    kind: ProceedingKind = "qualification" if notice.kind == "prequalification" else "purchase"
    attempt, day = attempt_of(members), members[0].day
    before = [course for course in courses if course.kind == kind]
    for course in reversed(before):
        if attempt is not None and settled(course.attempt) != attempt:
            continue
        ended = any(
            end is not None
            and day is not None
            and (course.day or 0) <= end <= day
            and (of is None or of == settled(course.attempt))
            for end, of in terminations
        )
        if attempt is None and (ended or course.opening != notice.kind):
            continue
        return course
    again = any(end is not None and day is not None and end <= day for end, _of in terminations)
    repeats = bool(attempt != 1 and (attempt is not None or (again and before)))
    return _Course(kind, attempt, notice.kind, day, repeats=repeats)


def _followed(members: Sequence[Facts], courses: Sequence[_Course]) -> _Course:
    """The proceeding that a correction, a result or a contract belongs to; a new one where its opening was not seen.

    The last one opened before it, but a result does not follow its opening within days: it belongs to the attempt
    before, seen or not.
    """
    attempt, day, stage = attempt_of(members), members[0].day, members[0].stage
    numbers = {number.stem for facts in members for number in facts.numbers.values()}
    qualifies = any("资格预审" in facts.title for facts in members)
    fitting: list[tuple[bool, bool, bool, bool, int, int, _Course]] = []
    for at, course in enumerate(courses):
        if course.kind not in ("purchase", "qualification"):
            continue
        if attempt is not None and settled(course.attempt) != attempt:
            continue
        if course.kind == "qualification" and not qualifies and stage in ("award", "contract", "acceptance"):
            continue
        foreign = bool(course.numbers and numbers and not course.numbers & numbers)
        if foreign and stage not in ("contract", "acceptance"):  # which may print the contract's own number
            continue
        since = day - course.day if day is not None and course.day is not None else COPY_DAYS
        if since < -COPY_DAYS:
            continue
        said = attempt is not None and course.attempt == attempt
        timely = since >= (0 if stage == "correction" else COPY_DAYS)
        if not said and not timely and (course.attempt or 0) > 1:
            continue
        right = (course.kind == "qualification") == qualifies
        fitting.append((right, not foreign, said, timely, course.day or 0, at, course))
    if fitting:
        return max(fitting, key=lambda fit: fit[:6])[-1]
    kind: ProceedingKind = "qualification" if qualifies else "purchase"
    return _Course(kind, attempt, None, day, repeats=bool(attempt != 1 and attempt is not None))


def _numbered(courses: Iterable[_Course]) -> list[Proceeding]:
    """Proceedings in order: what comes before, qualification, purchases; each kind counted from 1."""
    order: dict[ProceedingKind, int] = {"intention": 0, "opinion": 1, "qualification": 2, "purchase": 3}

    def place(course: _Course) -> tuple[int, int, str]:
        return order[course.kind], course.day if course.day is not None else 1 << 30, course.notices[0].id

    found: list[Proceeding] = []
    for course in sorted(courses, key=place):
        before = [at for at, proceeding in enumerate(found) if proceeding.kind == course.kind]
        following = found[before[-1]].round + 1 if before else 1
        found.append(
            Proceeding(
                kind=course.kind,
                round=max(course.attempt or 0, following),
                number=course.printed,
                re_tender_of=before[-1] if before and course.repeats else None,
                notices=tuple(notice.id for notice in course.notices),
            )
        )
    return found
