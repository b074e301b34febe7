"""Coaching cases and sets of them, talks held, wordings approved."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    for create in (_case, _case_parts, _set, _talk, _wording):
        create()


def _case() -> None:
    op.create_table(
        "coaching_case",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("difficulty", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("sop", "step", "product", "objection", "note")),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("agent_id", EXACT, nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("org", EXACT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_coaching_case_conversation"),
        sa.PrimaryKeyConstraint("number", name="pk_coaching_case"),
        sa.UniqueConstraint("id", name="uq_coaching_case_id"),
    )
    for name in ("conversation", "agent_id", "org"):
        op.create_index(f"ix_coaching_case_{name}", "coaching_case", [name])


def _case_parts() -> None:
    for table, column in (("coaching_case_pair", "pair"), ("coaching_case_share", "agent_id")):
        keys = ("pair", "number") if column == "pair" else ("number", "agent_id")
        op.create_table(
            table,
            *(sa.Column(name, NUMBER if name == "number" else EXACT, nullable=False) for name in keys),
            sa.ForeignKeyConstraint(["number"], ["coaching_case.number"], name=f"fk_{table}_number"),
            sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"),
        )
    op.create_index("ix_coaching_case_pair_number", "coaching_case_pair", ["number"])
    op.create_index("ix_coaching_case_share_agent_id", "coaching_case_share", ["agent_id"])


def _set() -> None:
    op.create_table(
        "coaching_set",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coaching_set"),
    )
    op.create_table(
        "coaching_set_case",
        sa.Column("set", sa.String(length=64), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set"], ["coaching_set.id"], name="fk_coaching_set_case_set"),
        sa.ForeignKeyConstraint(["number"], ["coaching_case.number"], name="fk_coaching_set_case_number"),
        sa.PrimaryKeyConstraint("set", "number", name="pk_coaching_set_case"),
    )
    op.create_index("ix_coaching_set_case_number", "coaching_set_case", ["number"])


def _talk() -> None:
    op.create_table(
        "coaching_talk",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", EXACT, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coaching_talk"),
    )
    op.create_index("ix_coaching_talk_agent_id", "coaching_talk", ["agent_id"])


def _wording() -> None:
    op.create_table(
        "approved_wording",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approved_wording"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in (
        *("approved_wording", "coaching_talk", "coaching_set_case", "coaching_set"),
        *("coaching_case_share", "coaching_case_pair", "coaching_case"),
    ):
        op.drop_table(name)
