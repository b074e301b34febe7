"""Bodies about the state of the service."""

from qa_service.api.schemas.body import Body, shows


class HealthBody(Body):
    """The process runs."""

    model_config = shows({"status": "ok", "version": "0.1.0"})
    status: str
    version: str


class ReadyBody(Body):
    """Whether the service can work, part by part."""

    model_config = shows({"ready": True, "database": True, "analyzer": True})
    ready: bool
    database: bool
    analyzer: bool
