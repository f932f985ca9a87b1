"""`uvicorn invoice_ai.api.main:app`. Importing it opens nothing."""

from __future__ import annotations

import sys

from invoice_ai.api.application import create_app
from invoice_ai.errors import Misconfigured

try:
    app = create_app(opens_logs=True)
except Misconfigured as wrong:
    sys.stderr.write(f"{wrong}\n")
    raise SystemExit(2) from None
