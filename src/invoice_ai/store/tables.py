"""The tables. Everything a program compares or sorts by is a column; the rest is JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from invoice_ai.store.types import Id, Json, Money, Utc, db_now

metadata = MetaData(
    naming_convention={
        "ix": "idx_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _at(name: str, *, now: bool = False) -> Column[Any]:
    """A time column; `now` stamps a new row with the database's clock."""
    return Column(name, Utc, nullable=not now, default=db_now() if now else None)


# One row per distinct file: the bytes lie in the file store under their SHA-256.
documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("kind", String(8)),  # None: no type we accept
    Column("size", Id, nullable=False),  # bytes
    Column("page_count", Integer),
    _at("received_at", now=True),
)

# One row per invoice as people see it: its state, and what lists sort, search and compare.
invoices = Table(
    "invoices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # rises with every change of state
    Column("revision", Integer, nullable=False, default=1),  # rises with every new extraction asked
    # Which pages of the file it is; `last_page` None: all of them, nobody has split the file.
    Column("first_page", Integer, nullable=False, default=1, server_default="1"),
    Column("last_page", Integer),
    Column("file_name", Text, nullable=False),
    Column("origin", String(8), nullable=False),  # folder | upload | api | cli
    Column("ai_policy", String(8)),  # of its folder: local | cloud | never; None: no rule
    Column("vendor_name", Text),
    Column("vendor_key", Text),  # name and number as domain/likeness.py compares them
    Column("vendor_tax_id", Text),
    Column("iban", Text),
    Column("invoice_number", Text),
    Column("number_key", Text),
    Column("document_type", String(16)),
    Column("invoice_date", Date),
    Column("due_date", Date),
    Column("currency", String(3)),
    Column("total", Money),
    Column("confidence", Float),
    Column("reason", Text, nullable=False, default=""),  # first reason why a person is asked
    Column("reason_count", Integer, nullable=False, default=0),
    Column("error_code", String(64)),  # why it failed; None in every other state
    Column("error_message", Text),
    Column("error_retryable", Boolean, nullable=False, default=False),
    Column("exported_to", Text),  # the JSON in GENERATED_FOLDER, relative to it
    Column("search_text", Text, nullable=False, default=""),  # lower case
    Column("vendor_id", ForeignKey("vendors.id")),  # who we think bills us; approval makes it sure
    Column("decision", String(16)),  # approved | rejected | sent_back | duplicate, by a person
    Column("assignee", Text),
    Column("claimed_by", Text),  # who has it open for review, until `claimed_until`
    Column("claimed_until", Utc),
    Column("parked_at", Utc),  # put to the end of the queue ("later")
    # It would have been approved by itself; a person looks at it to learn how often that is right.
    Column("sampled", Boolean, nullable=False, default=False),
    _at("received_at", now=True),
    _at("updated_at", now=True),
    Index("idx_invoice_date", "invoice_date"),
    Index("idx_vendor_name", "vendor_name"),
    Index("idx_invoices_status", "status", "id"),
    Index("idx_invoices_vendor_key", "vendor_key"),
    Index("idx_invoices_number_key", "number_key"),
    Index("idx_invoices_vendor_tax_id", "vendor_tax_id"),
    Index("idx_invoices_total", "total"),
    Index("idx_invoices_vendor", "vendor_id", "id"),
    Index("idx_invoices_due_date", "due_date"),
    # The same pages of the same bytes are one invoice, until that one is deleted.
    Index(
        "uq_invoices_live_document",
        "document_id",
        "first_page",
        unique=True,
        sqlite_where=text("status <> 'deleted'"),
        postgresql_where=text("status <> 'deleted'"),
    ),
)

# One row per finished extraction; the newest of an invoice is the one shown.
processing_results = Table(
    "processing_results",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(16), nullable=False),  # approved | needs_review | failed
    Column("extracted", Json, nullable=False),  # what was read, never changed
    Column("reviewed", Json),  # the same with people's corrections; None: nobody changed anything
    Column("findings", Json, nullable=False),
    Column("route", Json, nullable=False),
    Column("seconds", Json, nullable=False),  # by stage
    Column("processing_seconds", Float, nullable=False),
    _at("created_at", now=True),
    Index("idx_processing_status", "status"),
    Index("idx_processing_results_invoice", "invoice_id", "id"),
)

errors = Table(
    "errors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id")),  # None: a file that never became one
    Column("step", String(16), nullable=False),  # receive | extract | export | render | sync
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("retryable", Boolean, nullable=False),
    _at("created_at", now=True),
    Index("idx_errors_invoice", "invoice_id", "id"),
)

# Who bills us. Made when the first invoice of a vendor is approved; merged ones point on.
vendors = Table(
    "vendors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # as domain/likeness.py compares names
    Column("country", String(2)),
    Column("notes", Text, nullable=False, default=""),
    Column("auto_approve_after", Integer),  # clean approvals before one is approved by itself
    Column("always_review", Boolean, nullable=False, default=False),
    Column("amount_limit", Money),  # above it a person is always asked
    Column("clean_approvals", Integer, nullable=False, default=0),  # in a row, nothing corrected
    Column("ai_policy", String(16)),  # local | cloud | never; None: as the settings say
    Column("booking_policy", String(16)),  # on_approval | ask | never; None: as the settings say
    Column("merged_into", ForeignKey("vendors.id")),
    Column("version", Integer, nullable=False, default=1),
    _at("created_at", now=True),
    Index("idx_vendors_name_key", "name_key"),
)

# What a vendor is known by. An account is "verified" only when a person said how.
vendor_marks = Table(
    "vendor_marks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("vendor_id", ForeignKey("vendors.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # tax_id | iban | domain | name | address
    Column("key", Text, nullable=False),  # as it is compared
    Column("printed", Text, nullable=False),  # as it was first seen
    Column("state", String(8), nullable=False),  # seen | verified | refused
    Column("first_invoice_id", ForeignKey("invoices.id")),
    Column("verified_by", Text),
    Column("verified_how", Text),
    _at("verified_at"),
    _at("created_at", now=True),
    UniqueConstraint("vendor_id", "kind", "key"),
    Index("idx_vendor_marks_key", "kind", "key"),
)

# What is remembered of one layout of one vendor (extraction/memory). Made by the first correction,
# so the vendor may not be on file yet.
vendor_layouts = Table(
    "vendor_layouts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("vendor_id", ForeignKey("vendors.id")),
    Column("memory", Json, nullable=False),
    Column("lessons", Integer, nullable=False),  # documents learned from
    Column("version", Integer, nullable=False, default=1),  # rises with every lesson
    _at("created_at", now=True),
    _at("updated_at", now=True),
    Index("idx_vendor_layouts_vendor", "vendor_id", "id"),
)

# What the documents of a layout say about who sent them, as read and as corrected.
layout_marks = Table(
    "layout_marks",
    metadata,
    Column("layout_id", ForeignKey("vendor_layouts.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # tax_id | iban | domain | name | address
    Column("key", String(300), primary_key=True),
    Index("idx_layout_marks_key", "kind", "key"),
)

# What people changed, field by field, for ever. `old` and `new` are values with their evidence.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(8), nullable=False),  # set | insert | delete | confirm
    Column("field", Text, nullable=False),  # "total", "lines[3].amount", "lines[3]"
    Column("old", Json),
    Column("new", Json),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    _at("at", now=True),
    Index("idx_corrections_invoice", "invoice_id", "id"),
)

# A failed check that a person looked at and let pass, as long as both its numbers stay the same.
overrides = Table(
    "overrides",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("check", Text, nullable=False),  # Finding.key
    Column("printed", Text, nullable=False),
    Column("computed", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    _at("at", now=True),
    Index("idx_overrides_invoice", "invoice_id", "id"),
)

# What people do on the review screen: how long a review takes, and where it hurts.
review_events = Table(
    "review_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # open | focus | edit | pick | decide
    Column("field", Text, nullable=False, default=""),
    Column("ms", Integer, nullable=False),  # since the invoice was opened
    _at("at", now=True),
    Index("idx_review_events_invoice", "invoice_id", "id"),
)

# Every change of state, written with the change; the ids are those of the live events.
invoice_history = Table(
    "invoice_history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("from_status", String(16)),  # None: it was received
    Column("to_status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    _at("at", now=True),
    Index("idx_invoice_history_invoice", "invoice_id", "id"),
    sqlite_autoincrement=True,  # an id never returns: browsers resume after the last one seen
)

# The queue of record. A worker holds a job while `token` is its own and the lease runs.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),  # extract | export | render | sync | pull
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # queued | running | done | dead | cancelled
    Column("priority", Integer, nullable=False),  # the lowest goes first
    Column("attempts", Integer, nullable=False, default=0),
    Column("max_attempts", Integer, nullable=False),
    _at("run_after", now=True),
    Column("token", String(32)),
    _at("lease_until"),
    Column("worker", Text),  # host, process id and its start time
    Column("error", Text),
    _at("created_at", now=True),
    _at("finished_at"),
    Index("idx_jobs_queue", "state", "priority", "id"),
    Index("idx_jobs_invoice", "invoice_id"),
    sqlite_autoincrement=True,
)

# What models said. The same question about the same document is never asked, and paid, twice.
ai_answers = Table(
    "ai_answers",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 over document, provider, model, prompt version, fields and pages
    Column("key", String(64), nullable=False, unique=True),
    Column("document_sha256", String(64), nullable=False),
    Column("provider", String(8), nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", String(32), nullable=False),
    Column("answer", Text, nullable=False),  # the model's text, word for word
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost_micros", Id),  # millionths of the currency of the bill; None: no price was set
    Column("seconds", Float, nullable=False),
    _at("created_at", now=True),
    Index("idx_ai_answers_document", "document_sha256"),
    Index("idx_ai_answers_created_at", "created_at"),
)

# One row per extraction in which a model was asked, or would have been: what, where, with what
# outcome, tokens, cost and seconds.
ai_uses = Table(
    "ai_uses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("provider", String(8), nullable=False),
    Column("model", Text, nullable=False),
    Column("outcome", String(16), nullable=False),  # answered | not_allowed | unavailable
    Column("went_to", Text, nullable=False),  # host; "": nowhere
    Column("record", Json, nullable=False),  # ai.Consultation
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost_micros", Id),
    Column("seconds", Float, nullable=False),
    _at("at", now=True),
    Index("idx_ai_uses_invoice", "invoice_id", "id"),
    Index("idx_ai_uses_at", "at"),
)

# Who does what only one may do, e.g. watch the folder.
leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Utc, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("person", Text),  # the name this person gave, for claims and the history
    _at("created_at", now=True),
    _at("last_seen_at", now=True),
    Column("expires_at", Utc, nullable=False),
    Index("idx_sessions_expires_at", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256 of a 256-bit random secret
    _at("created_at", now=True),
    _at("last_used_at"),
    _at("revoked_at"),
)

# --- QuickBooks ---

# The one company we are connected to. Tokens are sealed with a key that is not in the database.
qb_connection = Table(
    "qb_connection",
    metadata,
    Column("id", Integer, primary_key=True),  # 1
    Column("instance", String(32), nullable=False),  # this installation, in the markers
    Column(
        "state", String(16), nullable=False
    ),  # connected | needs_reconnect | misconfigured | off
    Column("reason", Text, nullable=False, default=""),
    Column("realm", String(32)),
    Column("environment", String(16)),  # sandbox | production | stand-in
    Column("company", Json),  # its facts
    Column("access_sealed", Text),
    Column("refresh_sealed", Text),
    _at("access_expires_at"),
    _at("refresh_expires_at"),
    _at("hard_expires_at"),  # five years after connecting; None: Intuit did not say
    Column("version", Integer, nullable=False, default=1),  # rises with every change of tokens
    Column("connected_by", Text),
    _at("connected_at"),
    _at("lists_at"),  # last full reading of the lists
    _at("changes_at"),  # what changed since then is not known yet
    _at("next_pull_at"),
    _at("slot_at"),  # nobody may send a request before; all processes move it on
    Column("publish", String(16), nullable=False, default="on_approval"),  # on_approval | ask
    Column("default_account", String(32), nullable=False, default=""),
    Column("pay_from", String(32), nullable=False, default=""),
)

# Who has left for Intuit and may come back once.
qb_logins = Table(
    "qb_logins",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("browser_hash", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False),
)

# One row per invoice that is to be, or was, booked: what is sent and how far it has come.
qb_outbox = Table(
    "qb_outbox",
    metadata,
    Column("invoice_id", ForeignKey("invoices.id"), primary_key=True),
    Column("realm", String(32), nullable=False),
    Column("operation", String(8), nullable=False),  # create | update
    # held | queued | posting | posted | attaching | done | needs_user | needs_attention |
    # skipped | cancelled
    Column("state", String(16), nullable=False),
    Column("marker", String(32), nullable=False),
    Column("generation", Integer, nullable=False, default=0),
    Column("entity", String(16)),
    Column("doc_number", String(32)),
    Column("payload", Text),  # the body exactly as sent
    Column("facts", Json),  # what is looked for: vendor, total, currency, date
    Column("coding", Json),  # what the next bill of this vendor learns
    Column("choices", Json),  # what a person decided
    Column("questions", Json),  # what a person has to decide
    Column("existing", Json),  # a possible duplicate in QuickBooks
    Column("allow_duplicate", Boolean, nullable=False, default=False),
    Column("reads", Integer, nullable=False, default=0),  # empty looks since the outcome is unknown
    Column("attempts", Integer, nullable=False, default=0),  # unknown outcomes in a row
    _at("trouble_since"),
    _at("next_at"),
    Column("owner", String(32)),  # token of the job that works on it
    Column("qbo_id", String(32)),
    Column("last_code", String(64), nullable=False, default=""),
    Column("last_message", Text, nullable=False, default=""),
    Column("actor", Text, nullable=False, default=""),
    _at("created_at", now=True),
    _at("updated_at", now=True),
    Index("idx_qb_outbox_state", "state", "invoice_id"),
)

# Which transaction in QuickBooks is which invoice of ours, and how it stands there.
qb_link = Table(
    "qb_link",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id"), nullable=False),
    Column("realm", String(32), nullable=False),
    Column("entity", String(16), nullable=False),
    Column("qbo_id", String(32), nullable=False),
    Column("doc_number", Text, nullable=False, default=""),
    Column("sync_token", String(16), nullable=False, default=""),
    Column("total", Money),
    Column("balance", Money),
    Column("state", String(16), nullable=False),  # booked | paid | changed | deleted
    Column("told", Text, nullable=False, default=""),  # what changed there
    Column("made_by", String(16), nullable=False),  # created | adopted | linked
    Column("attachment", String(16), nullable=False, default="missing"),  # missing|attached|refused
    _at("created_at", now=True),
    _at("seen_at"),
    UniqueConstraint("realm", "entity", "qbo_id"),
    UniqueConstraint("invoice_id", "realm"),
)

# Copies of QuickBooks' lists, so that a booking asks for what is new only.
qb_cache = Table(
    "qb_cache",
    metadata,
    Column("realm", String(32), primary_key=True),
    Column("entity", String(16), primary_key=True),
    Column("qbo_id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("data", Json, nullable=False),
    _at("seen_at", now=True),
)

# What the last accepted bill of a vendor taught; `line_key` "" is the whole bill.
qb_mappings = Table(
    "qb_mappings",
    metadata,
    Column("realm", String(32), primary_key=True),
    Column("vendor_id", ForeignKey("vendors.id"), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("line_key", String(160), primary_key=True),
    Column("qbo_vendor", String(32), nullable=False, default=""),
    Column("account", String(32), nullable=False, default=""),
    Column("tax_code", String(32), nullable=False, default=""),
    Column("class_id", String(32), nullable=False, default=""),
    Column("term", String(32), nullable=False, default=""),
    Column("department", String(32), nullable=False, default="", server_default=""),
    Column("rates", Json),  # tax code by rate
    Column("set_by", Text, nullable=False, default=""),  # a person; "" learnt from a bill
    _at("updated_at", now=True),
)

# What was done in QuickBooks, for people.
qb_log = Table(
    "qb_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("invoice_id", ForeignKey("invoices.id")),
    Column("action", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),  # done | waits | asks | refused
    Column("message", Text, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),  # QuickBooks' own words
    Column("code", String(64), nullable=False, default=""),
    Column("tid", String(64), nullable=False, default=""),  # intuit_tid, for Intuit's support
    Column("qbo_id", String(32), nullable=False, default=""),
    Column("seconds", Float, nullable=False, default=0.0),
    _at("at", now=True),
    Index("idx_qb_log_invoice", "invoice_id", "id"),
)

# A search that a person keeps: the query string of the list, under a name of his own.
views = Table(
    "views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    _at("created_at", now=True),
    UniqueConstraint("person", "name"),
)

# Settings that were chosen in the app; the environment wins over them.
chosen_settings = Table(
    "chosen_settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Json, nullable=False),
    Column("actor", Text, nullable=False),
    _at("at", now=True),
)
