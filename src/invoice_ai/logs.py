"""Four log files, one JSON object a line, safe with several processes (R80).

    invoice_agent.log  everything at LOG_LEVEL and above
    processing.log     one line per step of an invoice
    errors.log         warnings and worse, with tracebacks
    performance.log    timings

Loggers are got by name: `structlog.get_logger("processing")`. Rotation keeps LOG_BACKUP_COUNT
files of LOG_MAX_SIZE_MB; a lock file makes it safe across processes. Secrets are cut out of
every line, whatever wrote it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from concurrent_log_handler import ConcurrentRotatingFileHandler

from invoice_ai.settings import Settings

FILES = ("invoice_agent", "processing", "errors", "performance")

# What must never reach a log: bearer tokens, API keys of ours and of the model services, passwords
# inside URLs, and anything under a key that says so.
_SECRET_TEXT = re.compile(
    r"(?i)(bearer\s+)[\w.~+/=-]{8,}|\binv_\w{1,32}_[\w-]{16,}|\bsk-[\w-]{16,}|\bAIza[\w-]{30,}"
    r"|(?<=://)([^\s:/@]{1,64}):[^\s/@]{1,128}(?=@)"
)
_SECRET_KEY = re.compile(r"(?i)passw|secret|token|api_?key|authorization|cookie")


def start_logging(settings: Settings, *, console: bool = True) -> None:
    """Open the four files and send structlog and the standard library there. Safe to call twice."""
    folder = Path(settings.log_folder)
    folder.mkdir(parents=True, exist_ok=True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _cut_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    as_json = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _cut_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        foreign_pre_chain=[*shared, _plain_message],
    )
    level = "DEBUG" if settings.debug else settings.log_level
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "invoice_ai", False)]:
        root.removeHandler(old)
        old.close()
    for name in FILES:
        (folder / f"{name}.log").touch(mode=0o640)  # `tail -f` works from the first minute
        handler = ConcurrentRotatingFileHandler(
            str(folder / f"{name}.log"),
            maxBytes=settings.log_max_size_mb * 1024 * 1024,
            backupCount=settings.log_backup_count,
            encoding="utf-8",
        )
        handler.addFilter(_belongs(name))
        _attach(root, handler, as_json)
    if console:
        _attach(root, logging.StreamHandler(sys.stderr), _console_formatter(shared))
    root.setLevel(level)
    for chatty in ("huey", "watchfiles", "uvicorn.access", "httpx2", "httpcore2", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _attach(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    handler.invoice_ai = True  # type: ignore[attr-defined]
    root.addHandler(handler)


def _belongs(name: str) -> Any:
    def filter_(record: logging.LogRecord) -> bool:
        if name == "errors":
            return record.levelno >= logging.WARNING
        if name == "invoice_agent":
            return record.name not in ("processing", "performance") or record.levelno >= 30
        return record.name == name or record.name.startswith(name + ".")

    return filter_


def _console_formatter(shared: list[Any]) -> logging.Formatter:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=True)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _cut_secrets,
            renderer,
        ],
        foreign_pre_chain=[*shared, _plain_message],
    )


def _plain_message(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["event"] = str(event.get("event", ""))
    return event


def _cut_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key.startswith("_"):
            continue
        if _SECRET_KEY.search(key):
            event[key] = "(secret)"
        elif isinstance(value, str):
            event[key] = cut_secrets(value)
    return event


def cut_secrets(text: str) -> str:
    """The text without what looks like a secret.

    >>> cut_secrets("postgresql://me:hunter2@host/db")
    'postgresql://me:***@host/db'
    """
    return _SECRET_TEXT.sub(_cover, text)


def _cover(match: re.Match[str]) -> str:
    if match[1]:
        return f"{match[1]}***"
    return f"{match[2]}:***" if match[2] else "***"
