"""Commands on the service's own database: import, work, serve, make keys."""

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.shared import BAD_LINES, Fast, errors, problem, progress, require_file, steps, told
from qa_service.domain.role import Role
from qa_service.errors import InvalidInput
from qa_service.logs import configure_logs

if TYPE_CHECKING:
    from qa_service.config import Settings
    from qa_service.store import Store
    from qa_service.workflows.analyze_conversations import Analyzer
    from qa_service.workflows.import_conversations import Following

app = typer.Typer()
ANALYSED = "analysed; `qa-service serve` shows them"
QUEUED = "their analyses are queued for `qa-service serve` or `qa-service work`; --wait does them here"


@app.command("import")
@told
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Transcripts in any known format.")],
    format: Annotated[str | None, typer.Option(help="Name of the format; guessed when absent.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Column mapping of a table (YAML or JSON).")] = None,
    wait: Annotated[bool, typer.Option(help="Also analyse what was imported, in this process.")] = False,
) -> None:
    """Read conversations into the database, masked, and queue their analysis."""
    from qa_service.config import Settings
    from qa_service.ingest import require_format
    from qa_service.ingest.column_mapping import load_mapping
    from qa_service.ingest.reader import ReadOptions
    from qa_service.workflows.import_conversations import import_file
    from qa_service.workflows.open_service import open_intake, open_store, publish_default_sops

    require_format(format)
    settings = Settings()
    intake = open_intake(settings)
    options = ReadOptions(zone=settings.zone, mapping=load_mapping(mapping) if mapping else None)
    defects = 0
    with open_store(settings) as store:
        publish_default_sops(store)
        for path in map(require_file, files):
            with progress(f"reading {path.name}") as advance:
                following = _following(steps(advance))
                record = import_file(
                    store, path, by="system", intake=intake, format=format, options=options, following=following
                )
            errors.print(
                f"{path}: {record.new} new, {record.updated} updated, {record.unchanged} unchanged,"
                f" {record.defects} not taken",
            )
            defects += record.defects
            _tell_defects(store, record.id)
        if wait:
            _drain(store, settings)
        errors.print(ANALYSED if wait else QUEUED)
    if defects:
        raise typer.Exit(BAD_LINES)


@app.command("import-outcomes")
@told
def import_outcomes(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Outcome events: jsonl, csv or xlsx.")],
) -> None:
    """Read what became of customers (paid, attended, refunded, complained); importing twice changes nothing."""
    from qa_service.config import Settings
    from qa_service.workflows.import_outcomes import import_outcomes as run
    from qa_service.workflows.open_service import open_store

    settings = Settings()
    defects = 0
    with open_store(settings) as store:
        for path in map(require_file, files):
            tally = run(store, path)
            errors.print(f"{path}: {tally.new} new, {tally.known} known already, {len(tally.defects)} not taken")
            for defect in tally.defects:
                problem(str(defect))
            defects += len(tally.defects)
    if defects:
        raise typer.Exit(BAD_LINES)


@app.command()
@told
def work(
    once: Annotated[bool, typer.Option(help="Stop when nothing is due any more.")] = False, fast: Fast = None
) -> None:
    """Run a worker in this process: analyses and imports of the queue."""
    from qa_service.config import Settings
    from qa_service.jobs import Worker
    from qa_service.workflows.job_handlers import build_handlers
    from qa_service.workflows.open_analyzer import open_analyzer
    from qa_service.workflows.open_service import open_intake, open_store
    from qa_service.workflows.send_notices import open_sender, outgoing_handlers
    from qa_service.workflows.weekly_upkeep import await_upkeep

    settings = Settings()
    analyzer, intake = open_analyzer(settings, fast=fast, following=True), open_intake(settings)
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    configure_logs()
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with open_store(settings) as store:
        _tell_warnings(analyzer, store)
        worker = Worker(store, build_handlers(store, analyzer, intake=intake, out_dir=settings.exports_dir))
        sender = Worker(store, outgoing_handlers(store, open_sender(settings, store)))
        errors.print(f"worker {worker.name} runs; stop it with Ctrl-C")
        if once:
            worker.run_until_idle()
            sender.run_until_idle()
            return
        await_upkeep(store)
        beside = threading.Thread(target=sender.run_forever, args=(stop,), name="sender", daemon=True)
        beside.start()
        worker.run_forever(stop)
        beside.join(timeout=60)


@app.command()
@told
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; 8000 unless set.")] = None,
    fast: Fast = None,
) -> None:
    """Serve the API and the pages, with a worker in the same process."""
    import uvicorn

    from qa_service.api.app import create_app
    from qa_service.config import Settings
    from qa_service.workflows.open_analyzer import open_analyzer
    from qa_service.workflows.open_service import open_intake, open_store, publish_default_sops

    configure_logs()
    settings = Settings()
    analyzer, intake = open_analyzer(settings, fast=fast, following=True), open_intake(settings)
    with open_store(settings) as store:
        publish_default_sops(store)
        _tell_warnings(analyzer, store)
        served = create_app(settings, store=store, intake=intake, analyzer=analyzer)
        server = uvicorn.Server(uvicorn.Config(served, log_config=None))
        where, at = host or settings.host, port or settings.port
        with _listening(where, at) as door:
            errors.print(f"serving http://{where}:{at}/ (API: /v1, its description: /docs); stop with Ctrl-C")
            with suppress(KeyboardInterrupt):
                server.run(sockets=[door])
    if not server.started:
        raise typer.Exit(1)


@app.command("make-key")
@told
def make_key(
    holder: Annotated[str, typer.Argument(help="Whose key it is.")],
    role: Annotated[Role, typer.Option(help="What the holder may do.")],
    org: Annotated[str, typer.Option(help="Node of the organisation path, as 墨芽/销售部/一组.")] = "",
    agent: Annotated[str | None, typer.Option(help="Agent id, for the role agent.")] = None,
) -> None:
    """Make an API key; it is shown once."""
    from qa_service.config import Settings
    from qa_service.workflows.manage_keys import SYSTEM, KeyRequest, create_key
    from qa_service.workflows.open_service import open_store

    with open_store(Settings()) as store:
        path = tuple(node for node in org.split("/") if node)
        made = create_key(store, SYSTEM, KeyRequest(holder, role, path, agent))
    typer.echo(made.secret)


@app.command()
@told
def masking(
    files: Annotated[list[Path] | None, typer.Argument(help="Turns with known spans; absent: the shipped.")] = None,
) -> None:
    """Measure how much personal data masking covers, and how often it covers what is none."""
    from qa_service.workflows.measure_masking import masking_table, measure_masking

    shipped = sorted(Path("datasets/masking").glob("*.jsonl"))
    if not files and not shipped:
        raise InvalidInput("datasets/masking is not here; run this in a checkout of the project, or name a file")
    for path in files or shipped:
        typer.echo(f"{path}\n{masking_table(measure_masking(require_file(path)))}\n")


@app.command()
@told
def demo(
    data: Annotated[Path, typer.Option(help="Folder with conversations.jsonl and outcomes.csv.")] = Path(
        "datasets/demo"
    ),
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("out"),
) -> None:
    """Load the demo set, analyse it, write the reports, and say where to look."""
    from qa_service.config import Settings
    from qa_service.workflows.run_demo import run_demo

    configure_logs()
    with progress("analysing the demo set, writing its reports") as advance:
        summary = run_demo(Settings(), data, out, advance=advance)
    for line in summary.lines():
        typer.echo(line)


def _listening(host: str, port: int) -> socket.socket:
    """A socket of the server's own; raises InvalidInput before anything is promised."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # `create_server` adds the address to the reason, a second time.
        reason = str(error.strerror).partition(" (while ")[0]
        told = f"cannot listen on {host}:{port} ({reason}); if another program has the port, choose one with --port"
        raise InvalidInput(told) from error


def _following(so_far: Callable[[int], None]) -> "Following":
    from qa_service.workflows.import_conversations import Following

    return Following(done=lambda record: so_far(record.read))


def _tell_defects(store: "Store", import_id: int) -> None:
    with store.reading() as reading:
        for defect in reading.imports.defects(import_id):
            where = defect.file if defect.row is None else f"{defect.file}:{defect.row}"
            problem(f"{where}: {defect.reason}")


def _tell_warnings(analyzer: "Analyzer", store: "Store") -> None:
    """What of adapted models does not count under the SOPs in use."""
    from qa_service.workflows.sops_in_force import published_sops

    with store.reading() as work:
        for warning in analyzer.warnings(published_sops(work)):
            problem(warning)


def _drain(store: "Store", settings: "Settings") -> None:
    from qa_service.workflows.open_analyzer import open_analyzer
    from qa_service.workflows.open_service import drain, open_intake

    analyzer = open_analyzer(settings, following=True)
    with progress("analysing") as advance:
        drain(store, analyzer, open_intake(settings), advance=advance)
