"""Snoozed projects; open milestones by their end"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DECISIONS = ("track", "pass", "favourite", "must-link", "cannot-link", "relevance", "fact", "acknowledge")
# SQLite copies a table that is altered and does not see that its ids are never used again.
KEPT = {"sqlite_autoincrement": True}


def upgrade() -> None:
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_open", ["bidder_acts", "latest"], unique=False)
    _kinds((*DECISIONS, "snooze"))


def downgrade() -> None:
    _kinds(DECISIONS)
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index("ix_milestone_open")


def _kinds(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("decision", table_kwargs=KEPT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_decision_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_decision_kind"), f"kind IN ({listed})")
