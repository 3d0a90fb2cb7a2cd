"""What every table stands on: names of constraints, guarded words, JSON columns."""

from typing import Any, get_args

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    MetaData,
    Table,
)
from sqlmodel import Field, SQLModel

# Names first: an unnamed constraint cannot be dropped in a later SQLite batch (pitfalls AL3).
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def one_of(column: str, words: Any) -> CheckConstraint:
    """The column holds one of the words of a Literal."""
    listed = ", ".join(f"'{word}'" for word in get_args(words))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def json_column(default: type = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


KEPT = {"sqlite_autoincrement": True}
"""Ids are given once and never used again."""

METADATA: MetaData = SQLModel.metadata


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for the bulk statements of intake and derive."""
    return METADATA.tables[str(model.__tablename__)]
