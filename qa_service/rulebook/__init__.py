"""What the business expects, as YAML that a QA manager edits."""

from functools import cache
from importlib import resources

from qa_service.domain.sop import Sop
from qa_service.rulebook.codebook import codebook, default_file
from qa_service.rulebook.sop_file import dump_sop, load_sop, parse_new_sop, parse_sop

__all__ = ["codebook", "default_file", "default_sops", "dump_sop", "load_sop", "parse_new_sop", "parse_sop"]


@cache
def default_sops() -> tuple[Sop, ...]:
    """The SOPs that ship with the product, by file name."""
    folder = resources.files("qa_service.rulebook") / "default" / "sops"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(parse_sop(file.read_text("utf-8"), file.name) for file in files)
