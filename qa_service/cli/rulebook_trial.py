"""Try a draft of an SOP on conversations before it is published."""

import json
from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.shared import (
    BAD_LINES,
    Fast,
    Models,
    count_lines,
    errors,
    problem,
    progress,
    require_file,
    told,
)

app = typer.Typer()


@app.command("try")
@told
def try_(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT.yaml", help="The SOP to try.")],
    conversations: Annotated[Path, typer.Argument(metavar="CONVERSATIONS", help="JSONL or any format of `import`.")],
    against: Annotated[Path | None, typer.Option(help="The SOP as it is in force.")] = None,
    reviews: Annotated[
        Path | None, typer.Option(help="Conversations with `gold` labels, as exported; may be the same file.")
    ] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write the whole report there.")] = None,
    models: Models = None,
    fast: Fast = None,
    mask: Annotated[bool, typer.Option(help="Mask personal data first, as the service does.")] = False,
) -> None:
    """Say what a draft would change: findings, scores, whose, agreement with reviews, conflicts. Nothing is stored."""
    from qa_service.config import Settings
    from qa_service.report.trial import trial_in_words
    from qa_service.rulebook import load_sop
    from qa_service.workflows.open_analyzer import open_analyzer
    from qa_service.workflows.try_sop import Draft, TrialFiles, try_file
    from qa_service.workflows.whole_file import write_bytes

    tried = Draft(load_sop(draft), draft.read_text("utf-8-sig"))
    old = load_sop(against) if against else None
    total = count_lines(require_file(conversations))
    analyzer = open_analyzer(Settings(), models, fast=fast)
    with progress("trying", total) as advance:
        files = TrialFiles(
            conversations,
            reviews=require_file(reviews) if reviews else None,
            against=old,
            mask=mask,
            problem=problem,
            advance=advance,
        )
        done = try_file(analyzer, tried, files)
    typer.echo(trial_in_words(done.report), nl=False)
    if json_ is not None:
        write_bytes(json_, (json.dumps(done.report, ensure_ascii=False, indent=1) + "\n").encode())
        errors.print(f"written to {json_}", markup=False)
    if done.problems:
        raise typer.Exit(BAD_LINES)
