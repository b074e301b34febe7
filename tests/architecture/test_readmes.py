"""The README in both languages: the same commands, the same figures; and links that lead somewhere."""

import re
from pathlib import Path

import pytest

from qa_service.config import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page for folder in (".", "docs", "models", "training", "datasets/*") for page in ROOT.glob(f"{folder}/*.md")
)
ENGLISH, CHINESE = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))


def commands(text: str) -> list[str]:
    """The lines of the code blocks, without comments."""
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)
    return [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.splitlines()]


def short_table(text: str) -> list[str]:
    """The figures of the short table: the one whose cells hold their intervals."""
    return re.findall(r"^\|[^|]+\|( [\d.]+ \(.*)$", text, re.M)


def test_both_readmes_give_the_same_commands() -> None:
    assert commands(ENGLISH) == commands(CHINESE)
    assert "make demo" in commands(CHINESE)


def test_both_readmes_give_the_same_figures() -> None:
    assert short_table(ENGLISH) == short_table(CHINESE)
    assert len(short_table(CHINESE)) > 5


def test_both_readmes_have_the_same_sections() -> None:
    english, chinese = (re.findall(r"^#+", text, re.M) for text in (ENGLISH, CHINESE))
    assert english == chinese


def test_both_readmes_name_every_setting_and_none_that_is_not() -> None:
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    # Of training, not of a deployment.
    settings |= {"QA_ENCODER"}
    for text in (ENGLISH, CHINESE):
        named = set(re.findall(rf"`({PREFIX}[A-Z_]+)", text))
        assert named <= settings
        assert settings - named <= {"QA_ENCODER"}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
