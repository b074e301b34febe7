"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table, those first that others refer to."""
    for create in (
        _access_entry,
        _api_key,
        _conversation,
        _conversation_indexes,
        _customer_key,
        _deletion,
        _import,
        _job,
        _outcome_event,
        _sop_version,
        _analysis,
        _analysis_problem,
        _appeal,
        _comment,
        _conversation_history,
        _import_defect,
        _original,
        _override,
        _review,
        _analysis_red_line,
        _appeal_decision,
    ):
        create()


def _access_entry() -> None:
    op.create_table(
        "access_entry",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", EXACT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_entry"),
    )
    op.create_index("ix_access_entry_at", "access_entry", ["at"])
    op.create_index("ix_access_entry_target", "access_entry", ["target"])


def _api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("digest", EXACT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
    )


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", EXACT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("sop", sa.Text(), nullable=True),
        sa.Column("agent_id", EXACT, nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("org", EXACT, nullable=False),
        sa.Column("customer_id", EXACT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("listed_at", MOMENT, nullable=False),
        sa.Column("turn_count", sa.Integer(), nullable=False),
        sa.Column("current", NUMBER, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_conversation"),
        sa.UniqueConstraint("id", name="uq_conversation_id"),
    )


def _conversation_indexes() -> None:
    op.create_index("ix_conversation_agent_started", "conversation", ["agent_id", "started_at"])
    op.create_index("ix_conversation_current", "conversation", ["current"])
    op.create_index("ix_conversation_customer_id", "conversation", ["customer_id"])
    op.create_index("ix_conversation_listed", "conversation", ["listed_at", "number"])
    op.create_index("ix_conversation_org_started", "conversation", ["org", "started_at"])
    op.create_index("ix_conversation_started_at", "conversation", ["started_at"])
    op.create_index("ix_conversation_week", "conversation", ["week"])


def _customer_key() -> None:
    op.create_table(
        "customer_key",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("owner", EXACT, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_key"),
        sa.UniqueConstraint("owner", name="uq_customer_key_owner"),
    )


def _deletion() -> None:
    op.create_table(
        "deletion",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("customer_id", EXACT, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.Column("analyses", sa.Integer(), nullable=False),
        sa.Column("outcome_events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    op.create_index("ix_deletion_customer_id", "deletion", ["customer_id"])


def _import() -> None:
    op.create_table(
        "import",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import"),
    )
    op.create_index("ix_import_digest", "import", ["digest"])


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_due", "job", ["due_at", "id"])
    op.create_index("ix_job_ended_at", "job", ["ended_at"])
    op.create_index("ix_job_subject_state", "job", ["subject", "state"])


def _outcome_event() -> None:
    op.create_table(
        "outcome_event",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("unique_key", sa.String(length=64), nullable=False),
        sa.Column("customer_id", EXACT, nullable=True),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("reason_text", sa.Text(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcome_event"),
        sa.UniqueConstraint("unique_key", name="uq_outcome_event_unique_key"),
    )
    op.create_index("ix_outcome_event_at", "outcome_event", ["at"])
    op.create_index("ix_outcome_event_customer_id", "outcome_event", ["customer_id"])


def _sop_version() -> None:
    op.create_table(
        "sop_version",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("slug", EXACT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sop_version"),
        sa.UniqueConstraint("slug", "version", name="uq_sop_version_slug_version"),
    )
    op.create_index("ix_sop_version_state", "sop_version", ["state"])


def _analysis() -> None:
    op.create_table(
        "analysis",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("turns_digest", sa.String(length=64), nullable=False),
        sa.Column("sop_digest", sa.String(length=64), nullable=False),
        sa.Column("models", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sop", sa.Text(), nullable=True),
        sa.Column("sop_version", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("score_low", sa.Double(), nullable=True),
        sa.Column("score_high", sa.Double(), nullable=True),
        sa.Column("score_state", sa.String(length=16), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("veto", sa.String(length=16), nullable=True),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("refund", sa.Boolean(), nullable=False),
        sa.Column("analysed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_analysis_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_analysis"),
        sa.UniqueConstraint(
            "conversation",
            "turns_digest",
            "sop_digest",
            "models",
            "code",
            name="uq_analysis_conversation_turns_digest_sop_digest_models_code",
        ),
    )


def _analysis_problem() -> None:
    op.create_table(
        "analysis_problem",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_analysis_problem_conversation"),
        sa.PrimaryKeyConstraint("conversation", name="pk_analysis_problem"),
    )


def _appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("finding_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_appeal_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
    )
    op.create_index("ix_appeal_conversation", "appeal", ["conversation"])
    op.create_index("ix_appeal_state", "appeal", ["state"])


def _comment() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("finding_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_comment_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
    )
    op.create_index("ix_comment_conversation", "comment", ["conversation"])


def _conversation_history() -> None:
    op.create_table(
        "conversation_history",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_conversation_history_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_history"),
    )
    op.create_index("ix_conversation_history_conversation", "conversation_history", ["conversation"])


def _import_defect() -> None:
    op.create_table(
        "import_defect",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("import", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import"], ["import.id"], name="fk_import_defect_import"),
        sa.PrimaryKeyConstraint("id", name="pk_import_defect"),
        sa.UniqueConstraint("import", "position", name="uq_import_defect_import_position"),
    )


def _original() -> None:
    op.create_table(
        "original",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("customer_key", NUMBER, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_original_conversation"),
        sa.ForeignKeyConstraint(["customer_key"], ["customer_key.id"], name="fk_original_customer_key"),
        sa.PrimaryKeyConstraint("conversation", name="pk_original"),
    )
    op.create_index("ix_original_customer_key", "original", ["customer_key"])


def _override() -> None:
    op.create_table(
        "override",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("finding_key", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", EXACT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("appeal_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_override_conversation"),
        sa.PrimaryKeyConstraint("id", name="pk_override"),
    )
    op.create_index("ix_override_by", "override", ["by"])
    op.create_index("ix_override_conversation", "override", ["conversation"])


def _review() -> None:
    op.create_table(
        "review",
        sa.Column("conversation", NUMBER, nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.number"], name="fk_review_conversation"),
        sa.PrimaryKeyConstraint("conversation", name="pk_review"),
    )
    op.create_index("ix_review_state", "review", ["state"])


def _analysis_red_line() -> None:
    op.create_table(
        "analysis_red_line",
        sa.Column("analysis", NUMBER, nullable=False),
        sa.Column("red_line", EXACT, nullable=False),
        sa.ForeignKeyConstraint(["analysis"], ["analysis.id"], name="fk_analysis_red_line_analysis"),
        sa.PrimaryKeyConstraint("analysis", "red_line", name="pk_analysis_red_line"),
    )


def _appeal_decision() -> None:
    op.create_table(
        "appeal_decision",
        sa.Column("appeal", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["appeal"], ["appeal.id"], name="fk_appeal_decision_appeal"),
        sa.PrimaryKeyConstraint("appeal", "level", name="pk_appeal_decision"),
    )
