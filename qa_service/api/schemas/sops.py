"""Bodies about SOPs."""

from datetime import datetime

from pydantic import Field

from qa_service.api.schemas.body import Body, RequestBody, asks, shows

YAML = """sop: moya-trial-call
version: 2
title: 试听邀约
pass_score: 80
steps:
  - id: greeting
    title: 开场
    description: 报出机构和姓名，确认对方身份
    weight: 100
    examples: [您好，我是墨芽阅读的林老师, 请问是乐乐妈妈吗]
"""
TAXONOMY = {"taxonomy": "lark-school", "version": 3, "name": "lark-school-3-1f0c2a7b", "changed": True}
VERSION = {
    "id": "moya-trial-call@2",
    "slug": "moya-trial-call",
    "version": 2,
    "state": "draft",
    "digest": "b6d8…",
    "written_by": "ops-chen",
    "written_at": "2026-10-08T02:00:00Z",
    "reason": "补上试听时间的确认",
    "published_by": None,
    "published_at": None,
    "retired_at": None,
}


class DraftBody(RequestBody):
    """A draft; the same version again replaces the draft, a published version never changes."""

    model_config = asks({"yaml": YAML, "reason": "补上试听时间的确认"})
    yaml: str = Field(max_length=1_000_000, description="The SOP as YAML, see the contract")
    reason: str = Field("", max_length=2000)


class ReasonBody(RequestBody):
    """Why."""

    model_config = asks({"reason": "试点两周后推广"})
    reason: str = Field("", max_length=2000)


class SopVersionBody(Body):
    """One version of an SOP, without its text."""

    model_config = shows(VERSION)
    id: str
    slug: str
    version: int
    state: str
    digest: str
    written_by: str
    written_at: datetime
    reason: str
    published_by: str | None
    published_at: datetime | None
    retired_at: datetime | None


class SopTextBody(SopVersionBody):
    """One version of an SOP with its YAML."""

    model_config = shows({**VERSION, "yaml": YAML})
    yaml: str


class SopsBody(Body):
    """Versions by slug and number."""

    model_config = shows({"items": [VERSION]})
    items: list[SopVersionBody]


class ImportedTaxonomyBody(Body):
    """The taxonomy that counts after an import; `changed`: it is not the one from before."""

    model_config = shows(TAXONOMY)
    taxonomy: str
    version: int
    name: str = Field(description="As it stands in `versions` of an analysis")
    changed: bool


class ImportedBody(Body):
    """What became of the files of a rulebook."""

    model_config = shows({"drafts": [VERSION], "unchanged": [], "taxonomy": TAXONOMY})
    drafts: list[SopVersionBody]
    unchanged: list[SopVersionBody]
    taxonomy: ImportedTaxonomyBody | None = Field(description="The taxonomy among them; it counts from now on")
