"""The canonical export: everything derived under natural keys, no ids and no times of arrival.

Two databases that saw the same publications, in whatever order, give the same bytes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, select

from tracker.projects import PROJECT, PUBLICATION, VERSION


def canonical(connection: Connection) -> Iterator[str]:
    """One JSON line a project, sorted by its first publication."""
    members: defaultdict[int, list[list[str]]] = defaultdict(list)
    query = (
        select(
            PUBLICATION.c.portal,
            PUBLICATION.c.key,
            PUBLICATION.c.state,
            PUBLICATION.c.project_id,
            VERSION.c.number,
            VERSION.c.reading_hash,
        )
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .order_by(PUBLICATION.c.portal, PUBLICATION.c.key)
    )
    for row in connection.execute(query):
        members[row.project_id].append([f"{row.portal}/{row.key}", row.state, str(row.number), row.reading_hash])
    states = {row.id: row.state for row in connection.execute(select(PROJECT.c.id, PROJECT.c.state))}
    for project, publications in sorted(members.items(), key=lambda each: each[1]):
        line = {"publications": publications, "state": states[project]}
        yield json.dumps(line, ensure_ascii=False, sort_keys=True)
