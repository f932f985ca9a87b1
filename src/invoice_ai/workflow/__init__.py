"""The story: one function per step. Rooms do; the story decides and saves.

    receive   a file becomes a document and an invoice, and a job says that it is to be read
    extract   the document is read and checked; result, state and the next jobs are one transaction
    export    the JSON and the source go into GENERATED_FOLDER, after the database has the result
    render    page pictures for the app, when nothing better is to be done
    sync      an approved invoice becomes one bill in QuickBooks (booking.py)
    pull      what changed in QuickBooks: lists, paid and deleted bills (following.py)
    review    a person corrects, lets pass, approves, rejects, sends back, puts off, undoes

Transactions are short: nothing is read, recognised or written to a folder inside one. Every step
may run twice. Whoever lost a job's lease cannot save its result (store/jobs.py).
"""

from invoice_ai.workflow.booking import Plan, book, plan_booking
from invoice_ai.workflow.connecting import (
    ConnectionStatus,
    access_token,
    begin_login,
    connection_status,
    disconnect,
    environment_of,
    finish_login,
    go_on,
    pull_now,
    refresh_lists,
    rotate_keys,
    set_rules,
)
from invoice_ai.workflow.deciding import (
    BookingView,
    address_there,
    book_in_this_company,
    book_now,
    choose,
    mark_booked,
    reopen,
    skip,
    view_booking,
)
from invoice_ai.workflow.exporting import (
    FORMATS,
    MOST_EXPORTED,
    Exported,
    ExportFormat,
    export_invoices,
)
from invoice_ai.workflow.failing import fail_or_try_again, rescue_abandoned
from invoice_ai.workflow.following import keep_following, pull_changes
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
from invoice_ai.workflow.requesting import (
    PACE,
    BookingPace,
    book_backlog,
    request_booking,
    withdraw_booking,
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
    forget_layout,
    forget_view,
    keep_view,
    learnt_of,
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
    "PACE",
    "WISHES",
    "BookingPace",
    "BookingView",
    "ConnectionStatus",
    "ExportFormat",
    "Exported",
    "Origin",
    "Outcome",
    "Plan",
    "Preview",
    "Received",
    "Sample",
    "Wish",
    "Workplace",
    "access_token",
    "address_there",
    "approve",
    "assign",
    "begin_login",
    "book",
    "book_backlog",
    "book_in_this_company",
    "book_now",
    "change_vendor",
    "choose",
    "choose_settings",
    "chosen_settings",
    "claim",
    "close_workplace",
    "connection_status",
    "correct",
    "delete",
    "disconnect",
    "do_many",
    "enter_by_hand",
    "environment_of",
    "export_invoices",
    "fail_or_try_again",
    "finish_login",
    "forget_layout",
    "forget_view",
    "go_on",
    "is_fixed",
    "keep_following",
    "keep_view",
    "learnt_of",
    "let_pass",
    "link_vendor",
    "make_key",
    "mark_booked",
    "merge_vendors",
    "needs_why",
    "open_workplace",
    "page_picture",
    "page_thumbnail",
    "page_words",
    "park",
    "plan_booking",
    "preview",
    "pull_changes",
    "pull_now",
    "receive",
    "receive_leftovers",
    "receive_path",
    "receive_waiting",
    "refresh_lists",
    "reject",
    "release",
    "reopen",
    "request_booking",
    "rescue_abandoned",
    "retry",
    "retry_all",
    "revoke_key",
    "rotate_keys",
    "run_job",
    "sample",
    "set_rules",
    "settle_mark",
    "skip",
    "split",
    "take_job",
    "undo",
    "view_booking",
    "withdraw_booking",
]
