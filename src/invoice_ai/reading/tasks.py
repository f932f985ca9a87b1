"""What the isolated process is asked to do with a document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Text, or pictures of text, of every page."""

    kind: FileKind
    limits: Limits


@dataclass(frozen=True, slots=True)
class RenderTask:
    """A picture of one page."""

    kind: FileKind
    limits: Limits
    number: int
    rotation: int
    skew: float


@dataclass(frozen=True, slots=True)
class CutTask:
    """A file with these pages only, first and last included."""

    kind: FileKind
    limits: Limits
    first: int
    last: int


Task = ReadTask | RenderTask | CutTask


def pack_task(task: Task) -> dict[str, Any]:
    """The task as a header."""
    return asdict(task)


def unpack_task(header: dict[str, Any]) -> Task:
    """The task back; it comes from our own process."""
    limits = Limits(**header.pop("limits"))
    if "number" in header:
        return RenderTask(limits=limits, **header)
    if "first" in header:
        return CutTask(limits=limits, **header)
    return ReadTask(limits=limits, **header)
