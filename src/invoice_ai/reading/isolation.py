from collections.abc import Iterator

from invoice_ai.reading.parts import Part
from invoice_ai.reading.tasks import ReadTask, RenderTask, perform


def run_isolated(content: bytes, task: ReadTask | RenderTask) -> Iterator[Part]:
    return perform(content, task)
