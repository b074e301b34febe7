"""Bodies about jobs and imports."""

from datetime import datetime

from pydantic import Field

from qa_service.api.schemas.body import Body, shows

IMPORT = {
    "id": 3,
    "name": "september.csv",
    "state": "done",
    "by": "ops-chen",
    "begun_at": "2026-10-08T02:00:00Z",
    "ended_at": "2026-10-08T02:00:40Z",
    "reason": None,
    "read": 1200,
    "new": 1190,
    "updated": 0,
    "unchanged": 8,
    "defects": 2,
}


class JobBody(Body):
    """One job of the queue."""

    model_config = shows(
        {
            "id": 12,
            "kind": "analyze",
            "state": "done",
            "subject": "import/3",
            "attempts": 1,
            "reason": None,
            "created_at": "2026-10-08T02:00:00Z",
            "ended_at": "2026-10-08T02:00:04Z",
        }
    )
    id: int
    kind: str
    state: str = Field(description="queued, leased (under way), done or dead (given up)")
    subject: str | None
    attempts: int
    reason: str | None
    created_at: datetime
    ended_at: datetime | None


class ImportBody(Body):
    """How far an import has come; `read` counts conversations and defects of the file."""

    model_config = shows(IMPORT)
    id: int
    name: str
    state: str = Field(description="running, done or failed")
    by: str
    begun_at: datetime
    ended_at: datetime | None
    reason: str | None
    read: int
    new: int
    updated: int
    unchanged: int
    defects: int


class ImportPage(Body):
    """Imports, newest first."""

    model_config = shows({"items": [IMPORT], "next_cursor": None})
    items: list[ImportBody]
    next_cursor: str | None


class DefectBody(Body):
    """One thing that an import could not take: file, row and reason."""

    position: int
    file: str
    row: int | None
    code: str
    reason: str


class DefectsBody(Body):
    """Defects in the order of the file; ask again with `after` set to the last position."""

    model_config = shows(
        {
            "items": [
                {
                    "position": 41,
                    "file": "september.csv",
                    "row": 42,
                    "code": "unknown_role",
                    "reason": "row 42: role 'x'",
                }
            ]
        }
    )
    items: list[DefectBody]
