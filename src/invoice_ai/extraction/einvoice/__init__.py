"""E-invoices: the XML is the invoice, and the page beside it has to agree."""

from invoice_ai.extraction.einvoice.find import find_einvoice, read_attached
from invoice_ai.extraction.einvoice.placing import place_on_pages
from invoice_ai.extraction.einvoice.read import read_einvoice

__all__ = ["find_einvoice", "place_on_pages", "read_attached", "read_einvoice"]
