"""Vendor memory: what a person corrected once is right on the next document of that layout.

    learn    a lesson: what the machine said and what a person confirmed → a Memory
    learn_lines   the same for the table of line items, when all its rows are settled
    recall   a Memory and a new document of that layout → the invoice with what is remembered
    fitting  which of a vendor's memories has this document's layout

model    what is remembered, and its record         layout   recognising a layout again
spots    printed values with their surroundings     ways     remembered places and constants
tables   line items

Pure: nothing is read or stored here. Bank data never change by memory: an account is only ever
taken from the page, and only where the finders' own was refused by a person or is missing.
"""

from __future__ import annotations

from invoice_ai.extraction.memory.layout import fits, fitting
from invoice_ai.extraction.memory.learning import learn, learn_lines
from invoice_ai.extraction.memory.model import Memory, memory_from_json
from invoice_ai.extraction.memory.recalling import recall
from invoice_ai.extraction.memory.ways import is_printed

__all__ = [
    "Memory",
    "fits",
    "fitting",
    "is_printed",
    "learn",
    "learn_lines",
    "memory_from_json",
    "recall",
]
