"""Commands on versions of SOPs: compare two files, take the whole rulebook out of the database and into it."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.shared import errors, require_file, told
from qa_service.errors import InvalidInput

app = typer.Typer()
MAX_FILE_BYTES = 64_000_000

Language = Annotated[str, typer.Option(help="zh or en.")]


@app.command()
@told
def diff(
    old: Annotated[Path, typer.Argument(metavar="A.yaml", help="The SOP as it was.")],
    new: Annotated[Path, typer.Argument(metavar="B.yaml", help="The SOP as it is to be.")],
    language: Language = "zh",
) -> None:
    """Say what differs between two SOP files, by meaning, one sentence a line."""
    from qa_service.rulebook import load_sop
    from qa_service.rulebook.diff_words import LANGUAGES, difference_in_words, nothing_in_words
    from qa_service.rulebook.sop_diff import compare_sops

    if language not in LANGUAGES:
        raise InvalidInput(f"--language is {language}; it must be one of {', '.join(LANGUAGES)}")
    differences = compare_sops(load_sop(old), load_sop(new))
    for one in differences:
        typer.echo(difference_in_words(one, language))
    if not differences:
        typer.echo(nothing_in_words(language))


@app.command("export")
@told
def export(out: Annotated[Path, typer.Argument(metavar="OUT.zip", help="Where to write.")]) -> None:
    """Write every version of every SOP of the database, and the company's taxonomy, into one zip."""
    from qa_service.config import Settings
    from qa_service.workflows.exchange_rulebook import export_rulebook
    from qa_service.workflows.open_service import OPERATOR, open_store
    from qa_service.workflows.whole_file import write_bytes

    with open_store(Settings()) as store:
        write_bytes(out, export_rulebook(store, OPERATOR))
    errors.print(f"written to {out}", markup=False)


@app.command("import")
@told
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A zip of SOPs, or one SOP or taxonomy as YAML.")],
    reason: Annotated[str, typer.Option(help="Why; kept with each draft.")] = "",
) -> None:
    """Take SOPs into the database as drafts; when one of them is wrong, none is taken. A taxonomy counts at once."""
    from qa_service.config import Settings
    from qa_service.workflows.exchange_rulebook import import_rulebook
    from qa_service.workflows.open_service import OPERATOR, open_store

    if require_file(file).stat().st_size > MAX_FILE_BYTES:
        raise InvalidInput(f"{file} is over {MAX_FILE_BYTES} bytes; a rulebook is far smaller")
    with open_store(Settings()) as store:
        imported = import_rulebook(store, OPERATOR, file.name, file.read_bytes(), reason=reason)
    for version in imported.drafts:
        typer.echo(f"{version.slug} version {version.version}: draft")
    for version in imported.unchanged:
        typer.echo(f"{version.slug} version {version.version}: {version.state.value}, unchanged")
    if imported.taxonomy:
        told = "counts from now on" if imported.taxonomy.changed else "unchanged"
        typer.echo(f"taxonomy {imported.taxonomy.taxonomy} version {imported.taxonomy.version}: {told}")
