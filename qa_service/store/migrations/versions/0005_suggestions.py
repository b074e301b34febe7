"""Suggestions, and what people decided about them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "suggestion",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("sop", EXACT, nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
    )
    op.create_index("ix_suggestion_sop", "suggestion", ["sop"])
    op.create_index("ix_suggestion_state", "suggestion", ["state"])
    op.create_table(
        "suggestion_decision",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("suggestion", EXACT, nullable=False),
        sa.Column("choice", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["suggestion"], ["suggestion.id"], name="fk_suggestion_decision_suggestion"),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion_decision"),
    )
    op.create_index("ix_suggestion_decision_suggestion", "suggestion_decision", ["suggestion"])
