"""Problem projects and their actions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    texts = ("title", "problem", "figure", "department", "owner", "org", "products", "baseline", "by", "conclusion")
    op.create_table(
        "project",
        sa.Column("id", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*texts, "closing")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("sop", "closed_by")),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
    )
    op.create_index("ix_project_state", "project", ["state"])
    op.create_table(
        "project_action",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name="fk_project_action_project"),
        sa.PrimaryKeyConstraint("id", name="pk_project_action"),
    )
    op.create_index("ix_project_action_project", "project_action", ["project"])
