"""The documentation is whole, has examples, and the service does what it says."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from tests.api.conftest import Service

METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    paths = document["paths"].items()
    return [
        (f"{method} {path}", one) for path, methods in paths for method, one in methods.items() if method in METHODS
    ]


def has_example(content: dict[str, Any], document: dict[str, Any]) -> bool:
    if "example" in content or "examples" in content:
        return True
    schema = content.get("schema", {})
    named = schema.get("$ref", "").rsplit("/", 1)[-1]
    schema = document["components"]["schemas"].get(named, schema)
    parts = schema.get("properties", {}).values()
    return (
        "example" in schema
        or "examples" in schema
        or any("examples" in part or "description" in part for part in parts)
    )


def test_every_endpoint_is_described_and_has_examples(shared: Service) -> None:
    document = shared.app.openapi()
    lacking = []
    for name, one in operations(document):
        bodies = list(one.get("requestBody", {}).get("content", {}).values())
        for status, response in one["responses"].items():
            bodies += list(response.get("content", {}).values()) if status.startswith("2") else []
        if not one.get("summary") or not one.get("description") or not all(has_example(b, document) for b in bodies):
            lacking.append(name)
    assert not lacking


def test_every_endpoint_names_the_problems_it_may_answer_with(shared: Service) -> None:
    for name, one in operations(shared.app.openapi()):
        if " /v1/" in name:
            for status in ("401", "403", "413", "422"):
                assert "application/problem+json" in one["responses"][status]["content"], name


def test_the_document_is_served_without_a_key_and_names_no_pages(shared: Service) -> None:
    document = shared.as_("").get("/openapi.json").json()
    assert "/sign-in" not in document["paths"]
    assert document["components"]["securitySchemes"]


# Not that every request which fits its schema is taken: a schema cannot say all that the contract asks.
CHECKED = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "negative_data_rejection"),
)


FEW = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_service_does_what_its_document_says(service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.secrets['qa_lead']}"}
    document = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    checks = [CHECKS.get_one(name) for name in CHECKED]
    tried = 0

    def run(case: Any) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(headers=headers, checks=checks)

    for operation in document.get_all_operations():
        FEW(given(operation.ok().as_strategy())(run))()
    assert tried > 100
