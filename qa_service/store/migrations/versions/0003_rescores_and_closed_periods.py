"""Re-scores, decisions that outlive them, and closed periods."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what a person saw to decisions and settlements, and create the tables."""
    op.add_column("override", sa.Column("basis", sa.Text(), nullable=True))
    op.add_column("review", sa.Column("settled_on", NUMBER, nullable=True))
    # A review settled before stands behind the analysis that counts now.
    op.execute(
        """
        UPDATE review SET settled_on =
            (SELECT conversation.current FROM conversation WHERE conversation.number = review.conversation)
        WHERE state = 'settled'
        """
    )
    for create in (_recheck, _closed_period, _frozen_score, _correction, _rescore, _rescored):
        create()


def _recheck() -> None:
    op.create_table(
        "recheck",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("analysis", NUMBER, nullable=False),
        sa.Column("contradictions", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_recheck_conversation"),
        sa.PrimaryKeyConstraint("conversation", name="pk_recheck"),
    )


def _closed_period() -> None:
    op.create_table(
        "closed_period",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_period"),
    )
    op.create_index("ix_closed_period_first", "closed_period", ["first"])


def _frozen_score() -> None:
    op.create_table(
        "frozen_score",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("period", NUMBER, nullable=False),
        sa.Column("analysis", NUMBER, nullable=True),
        sa.Column("sop", sa.Text(), nullable=True),
        sa.Column("sop_version", sa.Integer(), nullable=True),
        sa.Column("models", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("score_low", sa.Double(), nullable=True),
        sa.Column("score_high", sa.Double(), nullable=True),
        sa.Column("score_state", sa.String(length=16), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("veto", sa.String(length=16), nullable=True),
        sa.Column("agent_id", EXACT, nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("org", EXACT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_frozen_score_conversation"),
        sa.ForeignKeyConstraint(["period"], ["closed_period.id"], name="fk_frozen_score_period"),
        sa.PrimaryKeyConstraint("conversation", name="pk_frozen_score"),
    )
    op.create_index("ix_frozen_score_period_conversation", "frozen_score", ["period", "conversation"])


def _correction() -> None:
    op.create_table(
        "correction",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("appeal_id", sa.String(length=64), nullable=False),
        sa.Column("old_score", sa.Double(), nullable=True),
        sa.Column("new_score", sa.Double(), nullable=True),
        sa.Column("old_passed", sa.Boolean(), nullable=True),
        sa.Column("new_passed", sa.Boolean(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["frozen_score.conversation"], name="fk_correction_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_index("ix_correction_conversation", "correction", ["conversation"])


def _rescore() -> None:
    counts = ("total", "done", "moved", "refined", "unchanged", "first", "frozen", "failed", "gone")
    op.create_table(
        "rescore",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*counts, "contradicted", "not_reproduced")),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rescore"),
    )


def _rescored() -> None:
    op.create_table(
        "rescored",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("rescore", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        *(column for side in ("before", "after") for column in _side(side)),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("contradicted", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["rescore"], ["rescore.id"], name="fk_rescored_rescore"),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_rescored_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_rescored"),
        sa.UniqueConstraint("rescore", "conversation", name="uq_rescored_rescore_conversation"),
    )
    op.create_index("ix_rescored_rescore_weight_id", "rescored", ["rescore", "weight", "id"])


def _side(side: str) -> list[sa.Column[Any]]:
    return [
        sa.Column(f"{side}_analysis_id", NUMBER, nullable=True),
        sa.Column(f"{side}_sop", sa.Text(), nullable=True),
        sa.Column(f"{side}_sop_version", sa.Integer(), nullable=True),
        sa.Column(f"{side}_score", sa.Double(), nullable=True),
        sa.Column(f"{side}_passed", sa.Boolean(), nullable=True),
    ]
