"""Opening a document, whatever is in it: the work of the isolated process."""

from __future__ import annotations

from collections.abc import Iterator

from invoice_ai.errors import BadDocument
from invoice_ai.reading.cutting import cut_file
from invoice_ai.reading.images import read_image
from invoice_ai.reading.parts import Part
from invoice_ai.reading.pdf import read_pdf
from invoice_ai.reading.pictures import picture_of
from invoice_ai.reading.tasks import CutTask, RenderTask, Task


def perform(content: bytes, task: Task) -> Iterator[Part]:
    """Do it, here and now. Only the isolated process calls this with a stranger's file.

    Raises: BadDocument, and nothing else: what the libraries raise means a damaged file.
    """
    try:
        if isinstance(task, RenderTask):
            yield picture_of(content, task.kind, task.number, task.rotation, task.skew, task.limits)
        elif isinstance(task, CutTask):
            yield cut_file(content, task.kind, task.first, task.last, task.limits)
        elif task.kind == "pdf":
            yield from read_pdf(content, task.limits)
        else:
            yield from read_image(content, task.kind, task.limits)
    except BadDocument:
        raise
    except MemoryError:
        raise BadDocument(
            "This file needs too much memory to open. It was stopped for safety and kept; "
            "an administrator can look at it.",
            code="resource_limit",
        ) from None
    except Exception as wrong:
        # 15 kinds of exception were seen from Pillow and PDFium on 330 bad files (OSError,
        # ValueError, TypeError, struct.error, OverflowError, SyntaxError …): one boundary.
        raise BadDocument(
            "The file is incomplete or damaged. Please ask for a new copy.", code="damaged_file"
        ) from wrong
