"""The story: one function per step. Rooms do; the story decides and saves.

    receive   a file becomes a document and an invoice, and a job says that it is to be read
    extract   the document is read and checked; result, state and the next jobs are one transaction
    export    the JSON and the source go into GENERATED_FOLDER, after the database has the result
    render    page pictures for the app, when nothing better is to be done
    review    a person corrects, lets pass, approves, rejects, sends back, puts off, undoes

Transactions are short: nothing is read, recognised or written to a folder inside one. Every step
may run twice. Whoever lost a job's lease cannot save its result (store/jobs.py).
"""

from invoice_ai.workflow.failing import fail_or_try_again, rescue_abandoned
from invoice_ai.workflow.pictures import page_picture, page_thumbnail, page_words
from invoice_ai.workflow.place import Workplace, close_workplace, open_workplace
from invoice_ai.workflow.receiving import (
    Origin,
    Received,
    receive,
    receive_leftovers,
    receive_path,
    receive_waiting,
)
from invoice_ai.workflow.reviewing import (
    approve,
    claim,
    correct,
    let_pass,
    park,
    reject,
    release,
    undo,
)
from invoice_ai.workflow.steps import run_job, take_job
from invoice_ai.workflow.wishes import delete, retry, retry_all

__all__ = [
    "Origin",
    "Received",
    "Workplace",
    "approve",
    "claim",
    "close_workplace",
    "correct",
    "delete",
    "fail_or_try_again",
    "let_pass",
    "open_workplace",
    "page_picture",
    "page_thumbnail",
    "page_words",
    "park",
    "receive",
    "receive_leftovers",
    "receive_path",
    "receive_waiting",
    "reject",
    "release",
    "rescue_abandoned",
    "retry",
    "retry_all",
    "run_job",
    "take_job",
    "undo",
]
