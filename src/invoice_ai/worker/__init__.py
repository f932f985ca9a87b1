"""The processes behind the API: workers take jobs, the watcher takes files, `supervise` keeps all
of them alive. At scale each runs on its own; embedded they are children of one command."""

from invoice_ai.worker.consumer import run_worker
from invoice_ai.worker.running import Pace
from invoice_ai.worker.supervising import supervise
from invoice_ai.worker.watching import run_watch

__all__ = ["Pace", "run_watch", "run_worker", "supervise"]
