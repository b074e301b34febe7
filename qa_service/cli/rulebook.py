"""Commands on the rulebook."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.shared import BAD_ARGUMENTS, problem
from qa_service.errors import QaError

app = typer.Typer(no_args_is_help=True, help="The rulebook: SOPs, red lines, reasons.")


@app.callback()
def _rulebook() -> None:
    """The rulebook: SOPs, red lines, reasons."""


@app.command()
def check(files: Annotated[list[Path], typer.Argument(metavar="SOP.yaml")]) -> None:
    """Check SOP files: each error with file and line."""
    from qa_service.rulebook import load_sop

    bad = 0
    for path in files:
        try:
            sop = load_sop(path)
            typer.echo(f"{path}: {sop.id} version {sop.version}: {len(sop.steps)} steps, digest {sop.digest}")
        except QaError as error:
            bad += 1
            problem(str(error))
    if bad:
        raise typer.Exit(BAD_ARGUMENTS)
