"""Commands on the rulebook."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.shared import BAD_ARGUMENTS, Fast, Models, problem, told
from qa_service.errors import QaError

if TYPE_CHECKING:
    from qa_service.workflows.analyze_conversations import Analyzer

app = typer.Typer(no_args_is_help=True, help="The rulebook: SOPs, red lines, reasons.")


class Language(StrEnum):
    """In which language something is said."""

    ZH = "zh"
    EN = "en"


@app.callback()
def _rulebook() -> None:
    """The rulebook: SOPs, red lines, reasons."""


@app.command()
@told
def check(
    files: Annotated[list[Path], typer.Argument(metavar="SOP.yaml")],
    models: Models = None,
    fast: Fast = None,
    no_models: Annotated[bool, typer.Option("--no-models", help="Leave out what only the models can tell.")] = False,
    language: Annotated[Language, typer.Option(help="Of the warnings.")] = Language.ZH,
) -> None:
    """Check SOP files: errors (status 2) and warnings (status 0), each with file and line."""
    from qa_service.rulebook.taxonomy_file import is_taxonomy, load_taxonomy
    from qa_service.workflows.check_rulebook import check_file

    examine = None if no_models else _analyzer(models, fast).remarks
    bad = 0
    for path in files:
        try:
            if is_taxonomy(path):
                taxonomy = load_taxonomy(path)
                reasons = len(taxonomy.complaint) + len(taxonomy.refund)
                counted = f"{reasons} reasons, {len(taxonomy.red_lines)} red lines, {len(taxonomy.changes)} changes"
                typer.echo(f"{path}: taxonomy {taxonomy.id} version {taxonomy.version}: {counted}")
                continue
            checked = check_file(path, examine)
        except QaError as error:
            bad += 1
            problem(str(error))
            continue
        sop = checked.sop
        typer.echo(f"{path}: {sop.id} version {sop.version}: {len(sop.steps)} steps, digest {sop.digest}")
        for remark in checked.remarks:
            problem(f"{path}:{remark.line}: warning: {getattr(remark, language.value)}")
    if bad:
        raise typer.Exit(BAD_ARGUMENTS)


def _analyzer(models: Path | None, fast: bool | None) -> "Analyzer":
    from qa_service.config import Settings
    from qa_service.workflows.open_analyzer import open_analyzer

    return open_analyzer(Settings(), models, fast=fast)
