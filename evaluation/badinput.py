"""Try every file of a bad-input folder and compare with its manifest.

    python evaluation/badinput.py DIR [--only FAMILY]

DIR holds manifest.jsonl (file, family, expect, code, flags, strict) and files/. A verdict counts
as right when accepted or rejected is as expected and, where the manifest names one, the code is
the same. Flags that need more than reading (duplicates, sums, bank data) are not looked at.
Prints one line per file and a summary; exit code 1 when a strict verdict is wrong or anything
but BadDocument was raised.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import sys
import threading
import time
from pathlib import Path

from invoice_ai.domain.limits import Limits
from invoice_ai.errors import BadDocument
from invoice_ai.extraction.einvoice import read_einvoice
from invoice_ai.intake import HEAD_BYTES, sniff
from invoice_ai.reading import isolation, read_document

# What this layer can notice.
FLAGS = {"hidden_text", "repaired", "encrypted_owner", "active_content", "leading_data",
         "multi_frame", "no_text"}  # fmt: skip


def verdict(content: bytes, limits: Limits) -> tuple[str, str, tuple[str, ...], str]:
    """("accepted" | "rejected" | "CRASH", code, flags, note)."""
    try:
        kind = sniff(content[:HEAD_BYTES])
        if kind == "xml":
            return xml_verdict(content)
        reading = read_document(content, kind, limits=limits)
    except BadDocument as bad:
        return "rejected", bad.code, (), str(bad)
    except Exception as wrong:
        return "CRASH", type(wrong).__name__, (), str(wrong)
    words = sum(len(page.words) for page in reading.pages)
    return "accepted", "", reading.flags, f"{len(reading.pages)} pages, {words} words"


def xml_verdict(content: bytes) -> tuple[str, str, tuple[str, ...], str]:
    """The same for a bare e-invoice."""
    try:
        read_einvoice(content)
    except BadDocument as bad:
        return "rejected", bad.code, (), f"xml: {bad}"
    return "accepted", "", (), "xml"


def watch_memory(peak: list[float]) -> None:
    """Keep the highest memory of any process that opens a document in `peak`, in MB."""
    while True:
        time.sleep(0.02)
        if isolation._zygote is None:
            continue
        helper = isolation._zygote.process.pid
        with contextlib.suppress(OSError, StopIteration, ValueError):
            for child in Path(f"/proc/{helper}/task/{helper}/children").read_text().split():
                status = Path(f"/proc/{child}/status").read_text().splitlines()
                line = next(line for line in status if line.startswith("VmHWM"))
                peak[0] = max(peak[0], int(line.split()[1]) / 1024)


def main() -> int:
    """Run and report."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--seconds", type=float, default=Limits().seconds)
    chosen = arguments.parse_args()
    limits = Limits(seconds=chosen.seconds)
    wrong_strict = wrong = crashes = missing_flags = count = 0
    slowest, peak, highest = 0.0, [0.0], 0.0
    threading.Thread(target=watch_memory, args=(peak,), daemon=True).start()
    for line in (chosen.folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if chosen.only and case["family"] != chosen.only:
            continue
        content = (chosen.folder / "files" / case["file"]).read_bytes()
        peak[0] = 0.0
        started = time.perf_counter()
        got, code, flags, note = verdict(content, limits)
        seconds = time.perf_counter() - started
        slowest, highest = max(slowest, seconds), max(highest, peak[0])
        # The manifest was written before e-invoice XML was taken: any refusal of one is right.
        codes = {None, code, "unsupported_type"} if note.startswith("xml") else {None, code}
        right = got == case["expect"] and case["code"] in codes
        lacking = sorted(FLAGS & set(case["flags"]) - set(flags)) if got == "accepted" else []
        count += 1
        crashes += got == "CRASH"
        wrong += not right
        wrong_strict += not right and case["strict"]
        missing_flags += bool(lacking)
        mark = "ok  " if right and not lacking else "BAD " if case["strict"] else "soft"
        print(
            f"{mark} {case['family']:14} {ascii(case['file'])[1:46]:45} "
            f"{case['expect']}/{case['code']} -> {got}/{code} {','.join(flags)}"
            f"{' lacks ' + ','.join(lacking) if lacking else ''} {seconds:.2f}s {peak[0]:.0f}MB {note[:70]!a}"
        )
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} files: {wrong_strict} strict verdicts wrong, {wrong - wrong_strict} tolerable, "
        f"{missing_flags} flags missing, {crashes} crashes; slowest {slowest:.1f} s; "
        f"opening one took {highest:.0f} MB at most, this process {own:.0f} MB"
    )
    return 1 if wrong_strict or crashes else 0


if __name__ == "__main__":
    sys.exit(main())
