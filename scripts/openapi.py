"""Write docs/reference/openapi.json anew: python scripts/openapi.py"""

from __future__ import annotations

import json
from pathlib import Path

from invoice_ai.api.application import create_app
from invoice_ai.settings import Settings

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "openapi.json"

if __name__ == "__main__":
    description = create_app(Settings(_env_file=None)).openapi()
    TARGET.write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n")
