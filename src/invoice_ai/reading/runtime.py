"""OpenVINO without its model converter: `from invoice_ai.reading.runtime import openvino`.

Importing `openvino` imports the converter, and that asks www.google-analytics.com to count us, unless
somebody has opted out. We promise that nothing is told to anybody, so the converter is barred; the
import takes 0.2 s less without it.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]

import openvino  # noqa: E402

__all__ = ["openvino"]
