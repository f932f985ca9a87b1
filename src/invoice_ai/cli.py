"""The command line. People read stderr, programs read stdout.

Exit codes: 0 all good · 1 unexpected · 2 usage, or refusing to listen unprotected · 3 some files
failed · 4 some need review (with --strict) · 5 the only file is unreadable · 6 configuration ·
7 a service is missing · 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from invoice_ai import __version__
from invoice_ai.errors import BadDocument, InvoiceAIError, Misconfigured, NotFound, Unavailable
from invoice_ai.settings import Settings, current_settings

if TYPE_CHECKING:
    from invoice_ai.store.database import Database

app = typer.Typer(
    name="invoice-ai",
    help="Reads invoices, checks them as a careful clerk would, and books them once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
quickbooks = typer.Typer(help="The connection to QuickBooks.", no_args_is_help=True)
app.add_typer(quickbooks, name="quickbooks")
keys = typer.Typer(help="Keys for programs that use the API.", no_args_is_help=True)
app.add_typer(keys, name="keys")

EXTENSIONS = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".xml"})

Paths = Annotated[list[Path], typer.Argument(help="Files or folders.", exists=True)]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Documents read side by side.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"invoice-ai {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


@app.command()
def serve(
    dev: Annotated[bool, typer.Option("--dev", help="Reload on change, verbose log.")] = False,
) -> None:
    """Run everything: API and app, workers, and the watched folder."""
    from invoice_ai.worker.supervising import supervise

    settings = _ready(_developing(dev))
    supervise(settings, reload=dev)


@app.command()
def api(
    dev: Annotated[bool, typer.Option("--dev", help="Reload on change, verbose log.")] = False,
) -> None:
    """Run the API and the app only."""
    from invoice_ai.api.server import run_api

    run_api(_ready(_developing(dev)), reload=dev)


@app.command()
def worker() -> None:
    """Run worker processes only; start as many of these as you like."""
    from invoice_ai.worker.consumer import run_worker

    run_worker(_ready())


@app.command()
def watch() -> None:
    """Watch INCOMING_FOLDER only."""
    from invoice_ai.worker.watching import run_watch

    run_watch(_ready())


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to repeat."""
    from invoice_ai.store.database import migrate as migrate_database

    settings = _settings()
    Path(settings.data_folder).mkdir(parents=True, exist_ok=True)
    migrate_database(settings.database_url)
    typer.echo("The database is up to date.", err=True)


@app.command()
def check() -> None:
    """Check the configuration and say what is wrong."""
    settings = _ready(log=False)
    typer.echo(f"The configuration is complete; listening on {settings.host}:{settings.port}.")


@app.command()
def doctor() -> None:
    """Look whether everything is there: database, Redis, OCR, AI model, disk; and how to fix it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from invoice_ai.doctor import examine_installation

    marks = {"ok": "ok", "off": "–", "warning": "look", "error": "WRONG"}
    table = Table(box=None, pad_edge=False, show_header=False)
    found = list(examine_installation(_settings()))
    for one in found:
        text = one.detail if one.state in ("ok", "off") else f"{one.detail}\n{one.fix}".strip()
        table.add_row(*map(Text, (marks[one.state], one.name, text)))
    Console().print(table)
    if any(one.state == "error" for one in found):
        raise typer.Exit(7)


@app.command()
def password() -> None:
    """Make a password for the app, if there is none, and show it."""
    settings = _settings()
    if settings.admin_password is not None:
        typer.echo("There is a password already; it is not shown again.", err=True)
        return
    import os
    import secrets

    made = secrets.token_urlsafe(15)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(settings.password_file, flags, 0o600), "w") as file:
        file.write(made + "\n")
    typer.echo(f"Password of the app: {made}")


@app.command()
def process(
    paths: Paths,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, also on a terminal.")
    ] = False,
    jobs: Jobs = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 4 when an invoice needs review.")
    ] = False,
) -> None:
    """Read files or folders without a server; JSON goes to stdout."""
    from invoice_ai.lanes import Lost, run_in_lanes

    files = list(_files(paths))
    if not files:
        raise typer.BadParameter("There is no PDF, image or XML file in what you named.")
    answers: dict[Path, dict[str, Any]] = {}
    with _progress(len(files)) as advance:
        for file, answer in run_in_lanes(files, _process_one, jobs=jobs):
            answers[file] = (
                {"file": file.name, "error": {"code": "lost", "detail": answer.why}}
                if isinstance(answer, Lost)
                else answer
            )
            advance(file.name)
    results = [answers[f] for f in files]
    if as_json or not sys.stdout.isatty():
        single = len(paths) == 1 and paths[0].is_file()
        typer.echo(json.dumps(results[0] if single else {"results": results}, ensure_ascii=False))
    else:
        _table(results)
    failed = [r for r in results if "error" in r]
    for result in failed:
        typer.echo(f"{result['file']}: {result['error']['detail']}", err=True)
    if failed:
        raise typer.Exit(5 if len(results) == 1 else 3)
    if strict and any(r["status"] == "needs_review" for r in results):
        raise typer.Exit(4)


def _process_one(file: Path) -> dict[str, Any]:
    """Runs in a process of its own."""
    from invoice_ai.examination import adviser_of, examine, limits_of, own_company
    from invoice_ai.exports import examined_json

    settings = current_settings()
    try:
        content = file.read_bytes()
        examined = examine(
            content,
            file.name,
            limits=limits_of(settings),
            threshold=settings.review_confidence_threshold,
            look_up=lambda _invoice: own_company(settings),
            adviser=adviser_of(settings),
        )
    except OSError as unreadable:
        code, detail = "unreadable", f"The file cannot be opened: {unreadable.strerror}"
        return {"file": file.name, "error": {"code": code, "detail": detail}}
    except BadDocument as refused:
        return {"file": file.name, "error": {"code": refused.code, "detail": str(refused)}}
    return examined_json(
        content,
        file.name,
        kind=examined.kind,
        pages=len(examined.reading.pages),
        invoice=examined.invoice,
        findings=examined.findings,
        route=examined.route,
        seconds=examined.seconds,
    )


@app.command()
def export(
    file_format: Annotated[
        str, typer.Option("--format", "-f", help="csv, csv-lines, xlsx, json or ubl.")
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Without it: standard output.")
    ] = None,
    search: Annotated[
        str, typer.Option("--search", help="As in the app: 'vendor:acme date:2026-01-01..today'.")
    ] = "",
    status: Annotated[
        list[str] | None, typer.Option("--status", help="Only this state; may be repeated.")
    ] = None,
) -> None:
    """Write invoices as CSV, XLSX, JSON or UBL; text never becomes a formula."""
    from typing import cast

    from invoice_ai import workflow
    from invoice_ai.domain.status import STATUSES, Status
    from invoice_ai.store import invoices

    known = [s for s in STATUSES if s != "deleted"]
    if file_format not in workflow.FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(workflow.FORMATS)}.")
    if any(s not in known for s in status or ()):
        raise typer.BadParameter(f"--status is one of {', '.join(known)}.")
    place = workflow.open_workplace(_settings())
    try:
        with place.database.reading() as session:
            chosen = invoices.matching_ids(
                session,
                statuses=cast("list[Status]", status),
                search=search,
                most=workflow.MOST_EXPORTED + 1,
            )
        made = workflow.export_invoices(place, chosen, file_format)
        with output.open("wb") if output else nullcontext(sys.stdout.buffer) as file:
            for piece in made.content:
                file.write(piece)
    finally:
        workflow.close_workplace(place)
    typer.echo(f"{len(chosen)} invoices written.", err=True)


@app.command()
def evaluate(
    manifest: Annotated[Path, typer.Argument(help="A .jsonl manifest.", exists=True)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")],
    sets: Annotated[str, typer.Option("--sets", help="Only these sets, comma separated.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N.")] = None,
    learn: Annotated[
        Path | None,
        typer.Option(
            "--learn",
            help="Sequences (JSON): correct each document of a vendor and measure the next.",
            exists=True,
        ),
    ] = None,
    jobs: Jobs = 1,
    with_ai: Annotated[
        bool, typer.Option("--ai", help="Ask the configured model about what is in doubt.")
    ] = False,
) -> None:
    """Measure how often we are right on documents with known answers."""
    from invoice_ai.evaluate import evaluate as run
    from invoice_ai.evaluate import evaluate_learning

    wanted = [s.strip() for s in sets.split(",") if s.strip()]
    if with_ai:
        from invoice_ai.evaluate.helped import evaluate_ai

        with _progress(None) as advance:
            report = evaluate_ai(
                manifest,
                output,
                _settings(),
                sets=wanted,
                limit=limit,
                jobs=jobs,
                on_progress=lambda _done, all_, last: advance(last["id"], all_),
            )
        typer.echo(str(report))
        return
    if learn is not None:
        with _progress(None) as advance:
            report = evaluate_learning(
                manifest,
                learn,
                output,
                sets=wanted,
                jobs=jobs,
                on_progress=lambda _done, all_, last: advance(last["id"], all_),
            )
        typer.echo(str(report))
        return
    with _progress(None) as advance:
        report = run(
            manifest,
            output,
            sets=wanted,
            limit=limit,
            jobs=jobs,
            on_progress=lambda _done, all_, last: advance(last["id"], all_),
        )
    typer.echo(str(report))


@app.command()
def replay(
    model: Annotated[str, typer.Option("--model", help="The other model's name.")] = "",
    provider: Annotated[
        str, typer.Option("--provider", help="ollama, gemini or openai; default: the configured.")
    ] = "",
    prompt: Annotated[str, typer.Option("--prompt", help="Version of the question.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest N.")] = 200,
) -> None:
    """Your own reviewed invoices through another AI model: what gets better, what worse, the cost."""
    from invoice_ai.ai import PROMPT
    from invoice_ai.evaluate.replay import lines_of
    from invoice_ai.evaluate.replay import replay as run
    from invoice_ai.workflow import close_workplace, open_workplace

    place = open_workplace(_settings())
    try:
        with _progress(None) as advance:
            told = run(
                place,
                provider=provider or None,
                model=model or None,
                prompt=prompt or PROMPT,
                limit=limit,
                on_progress=advance,
            )
    finally:
        close_workplace(place)
    for line in lines_of(told):
        typer.echo(line)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the app; a free one if it is taken.")] = 8000,
    folder: Annotated[
        Path | None, typer.Option(help="Keep everything here; else it is removed at the end.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open the browser.")] = False,
) -> None:
    """Try everything in a minute: invented invoices, and a stand-in of QuickBooks."""
    from invoice_ai.demo import run

    run(port=port, folder=folder, browser=browser, say=typer.echo)


@app.command("quickbooks-standin")
def quickbooks_standin(
    port: Annotated[int, typer.Option(help="Port on this computer; 0 takes a free one.")] = 9100,
    seed: Annotated[int, typer.Option(help="Tokens and ids follow from it.")] = 1,
    control: Annotated[
        bool, typer.Option("--control", help="Open /_sim: faults, clock, log, reset.")
    ] = False,
    capture: Annotated[
        Path | None, typer.Option(help="Write every exchange to this file, a JSON object a line.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="SQLite file to keep everything in; else memory only.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="The clock stands at this time (UTC).")
    ] = None,
    client: Annotated[
        str, typer.Option(help="ID:SECRET of the only app that may connect; else any.")
    ] = "",
) -> None:
    """Run a stand-in of QuickBooks Online on this computer, for tests and for trying."""
    from invoice_ai.quickbooks_standin.server import listen, serve
    from invoice_ai.quickbooks_standin.standin import Standin

    id_, _, secret = client.partition(":")
    standin = Standin(
        seed_number=seed,
        state=state,
        capture=capture,
        at=at.replace(tzinfo=UTC) if at else None,
        client=(id_, secret) if client else None,
        controlled=control,
    )
    try:
        listening = listen(port)
    except OSError as taken:
        raise typer.BadParameter(f"Port {port} cannot be used: {taken.strerror}.") from None
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    typer.echo(f"QuickBooks stand-in (not real QuickBooks) listens on {address}")
    sys.stdout.flush()
    serve(standin, listening)


@quickbooks.command("status")
def quickbooks_status() -> None:
    """Say how the connection stands and what waits."""
    from invoice_ai import workflow

    place = workflow.open_workplace(_settings())
    status = workflow.connection_status(place)
    workflow.close_workplace(place)
    company = status.company.name if status.company else "no company"
    typer.echo(f"{status.state}: {company} ({status.environment}). {status.told}".rstrip())
    for state, count in sorted(status.waiting.items()):
        typer.echo(f"{count:8} {state}")


@quickbooks.command("new-key")
def quickbooks_new_key() -> None:
    """Make a key for ENCRYPTION_KEYS and print it; nothing is changed."""
    from invoice_ai.quickbooks.sealing import new_key

    typer.echo(new_key())


@quickbooks.command("rotate-keys")
def quickbooks_rotate_keys() -> None:
    """Seal the stored tokens with a new key."""
    from invoice_ai.workflow import rotate_keys

    settings = _settings()
    done = rotate_keys(settings, _database())
    typer.echo(f"{done} tokens are sealed with the new key.", err=True)
    if settings.encryption_keys is not None:
        typer.echo("You may now drop the older keys from ENCRYPTION_KEYS.", err=True)


@keys.command("create")
def keys_create(name: Annotated[str, typer.Argument(help="Who will use the key.")]) -> None:
    """Make a key; it is shown once."""
    from invoice_ai.access.keys import new_key
    from invoice_ai.store import access as stored

    key = new_key()
    with _database().writing() as session:
        stored.add_key(session, key.id, name, key.hash)
    typer.echo(key.text)
    typer.echo("Keep it now: it is not shown again.", err=True)


@keys.command("list")
def keys_list() -> None:
    """Show all keys, without their secrets."""
    from invoice_ai.store import access as stored

    with _database().reading() as session:
        rows = stored.all_keys(session)
    for row in rows:
        used = f"last used {row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never used"
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else used
        typer.echo(f"{row.id}  {row.name}  made {row.created_at:%Y-%m-%d}  {state}")


@keys.command("revoke")
def keys_revoke(key_id: Annotated[str, typer.Argument(help="As `keys list` shows it.")]) -> None:
    """End a key at once."""
    from invoice_ai.store import access as stored

    with _database().writing() as session:
        stored.revoke_key(session, key_id)
    typer.echo(f"The key {key_id} is revoked.", err=True)


def _database() -> Database:
    from invoice_ai.store.database import open_database

    return open_database(_settings().database_url)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                f for f in path.rglob("*") if f.suffix.lower() in EXTENSIONS and f.is_file()
            )
        else:
            yield path


class _progress:  # noqa: N801 - reads as a statement: `with _progress(n) as advance`
    """A progress bar on stderr when that is a terminal, else nothing."""

    def __init__(self, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._total = total

    def __enter__(self) -> Any:
        self._bar.start()
        self._task = self._bar.add_task("", total=self._total)

        def advance(name: str, total: int | None = None) -> None:
            if total is not None:
                self._bar.update(self._task, total=total)
            self._bar.update(self._task, advance=1, description=name[:40])

        return advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _table(results: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("File", "Vendor", "Number", "Date", "Total", "Result"):
        table.add_column(column, justify="right" if column == "Total" else "left")
    for result in results:
        if "error" in result:
            table.add_row(*map(Text, (result["file"], "", "", "", "", "failed")))
            continue
        fields = result["invoice"]["fields"]

        def value(name: str, fields: dict[str, Any] = fields) -> str:
            return str(fields[name]["value"]) if name in fields else "–"

        table.add_row(
            *map(
                Text,
                (
                    result["document"]["file_name"],
                    value("vendor_name"),
                    value("invoice_number"),
                    value("invoice_date"),
                    f"{value('total')} {value('currency') if 'currency' in fields else ''}".strip(),
                    result["status"].replace("_", " "),
                ),
            )
        )
    Console().print(table)


def _settings() -> Settings:
    try:
        return current_settings()
    except Misconfigured as wrong:
        _stop(wrong)
        raise typer.Exit(6) from None


def _developing(dev: bool) -> bool:
    if dev:
        import os

        os.environ["DEBUG"] = "true"  # the children of `serve` must see it too
        current_settings.cache_clear()
    return dev


def _ready(_dev: bool = False, *, log: bool = True) -> Settings:
    """The settings, complete enough to start; the logs are open."""
    settings = _settings()
    if settings.listens_to_others and settings.admin_password is None:
        typer.echo(
            f"HOST is {settings.host!r}: others could reach Invoice AI without a password. "
            "Run `invoice-ai password`, or set ADMIN_PASSWORD in .env, or set HOST=127.0.0.1.",
            err=True,
        )
        raise typer.Exit(2)
    if log:
        from invoice_ai.logs import start_logging

        start_logging(settings)
    return settings


def _stop(error: InvoiceAIError) -> None:
    typer.echo(str(error), err=True)


def run() -> None:
    """Entry point: errors raised on purpose end with their sentence and their exit code."""
    try:
        app()
    except Misconfigured as wrong:
        _stop(wrong)
        sys.exit(6)
    except Unavailable as missing:
        _stop(missing)
        sys.exit(7)
    except NotFound as missing:
        _stop(missing)
        sys.exit(2)
    except InvoiceAIError as error:
        _stop(error)
        sys.exit(1)


if __name__ == "__main__":
    run()
