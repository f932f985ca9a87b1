"""Invoice AI: reads invoices, checks them as a careful clerk would, and books them once.

>>> import invoice_ai
>>> invoice = invoice_ai.extract("invoice.pdf")          # doctest: +SKIP
>>> invoice.total.value, invoice.total.confidence        # doctest: +SKIP
(Decimal('119.00'), 0.98)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invoice_ai.domain.invoice import ExtractedInvoice

__version__ = "0.1.0"

__all__ = ["__version__", "extract"]


def extract(path: str | Path) -> ExtractedInvoice:
    """Read one invoice file, without a server and without a database.

    Args:
        path: A PDF, JPEG, PNG, TIFF or e-invoice XML file; the content decides, not the name.
    Returns: The extracted invoice; every field that was found carries its evidence.
    Raises: BadDocument: the file is no invoice we can read; the text says why.
    """
    # Imported here so that `import invoice_ai` costs nothing for those who want the version.
    from invoice_ai.examination import examine

    file = Path(path)
    return examine(file.read_bytes(), file.name).invoice
