"""The house rules that a linter does not know."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("qa_service", "models", "training")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40
WITHOUT_MEANING = {"utils", "util", "helpers", "helper", "common", "misc"}
TOP_LEVEL = {
    *("pyproject.toml", "qa_service", "models", "training", "datasets", "tests", "README.md", "README.zh-CN.md"),
    *("Makefile", ".ci", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "docs", ".gitignore"),
}
# Words that have one right name in this house (ARCHITECTURE.md, "Words").
SYNONYMS = {
    *("session", "dialog", "dialogue", "chat", "call", "utterance", "message", "sentence", "thread", "rep", "staff"),
    *("script", "rule", "violation", "hit", "issue", "snippet", "result", "source", "author", "audit"),
    *("category", "label", "intent", "demand", "impact", "recommendation"),
}
STAGES = ("domain", "ingest", "normalize", "analyze", "aggregate", "effects", "suggest", "review", "workflows")
# "labelled" data has labels: what training calls them is no synonym of Reason.
ALLOWED_NAMES = {"export_labels", "labels_of", "call_rate"}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_arrow_points_the_right_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_module_is_longer_than_the_limit() -> None:
    long = {str(p): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > MAX_MODULE_LINES}
    assert not long


def test_no_function_is_longer_than_the_limit() -> None:
    long = {}
    for path in MODULES:
        for node in functions(tree_of(path)):
            docstring = ast.get_docstring(node, clean=False)
            lines = node.end_lineno - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
            if lines > MAX_FUNCTION_LINES:
                long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    assert not long


def test_no_module_has_a_name_without_meaning() -> None:
    assert not [str(path) for path in MODULES if path.stem in WITHOUT_MEANING or path.parent.name in WITHOUT_MEANING]


def test_the_top_level_holds_what_it_should() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name.split("/")[0] for name in listed.splitlines()} <= TOP_LEVEL


def test_datasets_holds_no_python() -> None:
    assert not list((ROOT / "datasets").rglob("*.py"))


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower().removesuffix("s") if part.lower() not in SYNONYMS else part.lower() for part in parts}


@pytest.mark.parametrize("stage", STAGES)
def test_names_use_the_words_of_the_glossary(stage: str) -> None:
    wrong = []
    for path in (ROOT / "qa_service" / stage).rglob("*.py"):
        public = [path.stem] if path.stem != "__init__" else []
        tree = tree_of(path)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                public.append(node.name)
        wrong += [f"{path.relative_to(ROOT)}: {n}" for n in public if words(n) & SYNONYMS and n not in ALLOWED_NAMES]
    assert not wrong


def test_ruff_and_mypy_find_nothing() -> None:
    for command in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]):
        run = subprocess.run(
            [str(Path(sys.executable).parent / command[0]), *command[1:]], cwd=ROOT, capture_output=True
        )
        assert run.returncode == 0, run.stdout.decode()
