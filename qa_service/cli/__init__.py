"""The command `qa-service`. Exit status: 0 done, 2 unusable arguments or SOP, 3 some lines were bad, 4 not better."""

import typer

from qa_service.cli import (
    adapt,
    before_after,
    coaching,
    files,
    insight,
    rescore,
    rulebook,
    rulebook_trial,
    rulebook_versions,
    service,
)

HELP = """Quality assurance for sales conversations: analyse, import, serve, report.

Exit status: 0 done, 2 unusable arguments or SOP, 3 done but some lines were bad, 4 new models not better."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
for part in (files.app, adapt.app, insight.app, coaching.app, before_after.app, service.app, rescore.app):
    app.registered_commands += part.registered_commands
for part in (rulebook_versions.app, rulebook_trial.app):
    rulebook.app.registered_commands += part.registered_commands
app.add_typer(rulebook.app, name="rulebook")
app.add_typer(coaching.cases_app, name="coaching")
