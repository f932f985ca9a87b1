"""The story: one function per step. Rooms do; the story decides and saves.

    receive   a file becomes a document and an invoice, and a job says that it is to be read
    extract   the document is read and checked; result, state and the next jobs are one transaction
    export    the JSON and the source go into GENERATED_FOLDER, after the database has the result
    render    page pictures for the app, when nothing better is to be done
    review    a person corrects, lets pass, approves, rejects, sends back, puts off, undoes

Transactions are short: nothing is read, recognised or written to a folder inside one. Every step
may run twice. Whoever lost a job's lease cannot save its result (store/jobs.py).
"""

from invoice_ai.workflow.exporting import (
    FORMATS,
    MOST_EXPORTED,
    Exported,
    ExportFormat,
    export_invoices,
)
from invoice_ai.workflow.failing import fail_or_try_again, rescue_abandoned
from invoice_ai.workflow.many import (
    MOST_AT_ONCE,
    WISHES,
    Outcome,
    Wish,
    assign,
    do_many,
    enter_by_hand,
)
from invoice_ai.workflow.pictures import page_picture, page_thumbnail, page_words
from invoice_ai.workflow.place import Workplace, close_workplace, open_workplace
from invoice_ai.workflow.quality import Preview, Sample, preview, sample
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
    link_vendor,
    needs_why,
    park,
    reject,
    release,
    undo,
)
from invoice_ai.workflow.rules import (
    CHOOSABLE,
    choose_settings,
    chosen_settings,
    is_fixed,
)
from invoice_ai.workflow.splitting import split
from invoice_ai.workflow.steps import run_job, take_job
from invoice_ai.workflow.upkeep import (
    change_vendor,
    forget_view,
    keep_view,
    make_key,
    merge_vendors,
    revoke_key,
    settle_mark,
)
from invoice_ai.workflow.wishes import delete, retry, retry_all

__all__ = [
    "CHOOSABLE",
    "FORMATS",
    "MOST_AT_ONCE",
    "MOST_EXPORTED",
    "WISHES",
    "ExportFormat",
    "Exported",
    "Origin",
    "Outcome",
    "Preview",
    "Received",
    "Sample",
    "Wish",
    "Workplace",
    "approve",
    "assign",
    "change_vendor",
    "choose_settings",
    "chosen_settings",
    "claim",
    "close_workplace",
    "correct",
    "delete",
    "do_many",
    "enter_by_hand",
    "export_invoices",
    "fail_or_try_again",
    "forget_view",
    "is_fixed",
    "keep_view",
    "let_pass",
    "link_vendor",
    "make_key",
    "merge_vendors",
    "needs_why",
    "open_workplace",
    "page_picture",
    "page_thumbnail",
    "page_words",
    "park",
    "preview",
    "receive",
    "receive_leftovers",
    "receive_path",
    "receive_waiting",
    "reject",
    "release",
    "rescue_abandoned",
    "retry",
    "retry_all",
    "revoke_key",
    "run_job",
    "sample",
    "settle_mark",
    "split",
    "take_job",
    "undo",
]
