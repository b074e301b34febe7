"""Stored topics, their events, and the statements placed in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    for create in (_topic, _exemplar, _event, _statement, _placed, _measure):
        create()


def _topic() -> None:
    op.create_table(
        "topic",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("born", sa.String(10), nullable=False),
        sa.Column("last_seen", sa.String(10), nullable=False),
        sa.Column("dormant", sa.Boolean(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("into", EXACT, nullable=True),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.Column("apart", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic"),
    )


def _exemplar() -> None:
    op.create_table(
        "topic_exemplar",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("topic", EXACT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("conversation", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["topic"], ["topic.id"], name="fk_topic_exemplar_topic"),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_topic_exemplar_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_topic_exemplar"),
    )
    op.create_index("ix_topic_exemplar_topic", "topic_exemplar", ["topic"])
    op.create_index("ix_topic_exemplar_conversation", "topic_exemplar", ["conversation"])


def _event() -> None:
    op.create_table(
        "topic_event",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("topic", EXACT, nullable=False),
        sa.Column("others", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["topic"], ["topic.id"], name="fk_topic_event_topic"),
        sa.PrimaryKeyConstraint("id", name="pk_topic_event"),
    )
    op.create_index("ix_topic_event_topic", "topic_event", ["topic"])


def _statement() -> None:
    op.create_table(
        "topic_statement",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("handled", sa.String(16), nullable=True),
        sa.Column("joined", EXACT, nullable=True),
        sa.Column("topic", EXACT, nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_topic_statement_conversation"),
        sa.ForeignKeyConstraint(["joined"], ["topic.id"], name="fk_topic_statement_joined"),
        sa.ForeignKeyConstraint(["topic"], ["topic.id"], name="fk_topic_statement_topic"),
        sa.PrimaryKeyConstraint("id", name="pk_topic_statement"),
    )
    for column in ("conversation", "joined", "topic"):
        op.create_index(f"ix_topic_statement_{column}", "topic_statement", [column])


def _placed() -> None:
    op.create_table(
        "topic_placed",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("analysis", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_topic_placed_conversation"),
        sa.PrimaryKeyConstraint("conversation", name="pk_topic_placed"),
    )


def _measure() -> None:
    op.create_table(
        "topic_measure",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("join_distance", sa.Double(), nullable=False),
        sa.Column("group_distance", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic_measure"),
    )
