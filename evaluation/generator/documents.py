"""Documents and their truth, one after the other, each from its own seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from evaluation.generator.bills import invent_bill
from evaluation.generator.degrade import choose_damage, scan
from evaluation.generator.design import choose_design, choose_form
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill
from evaluation.generator.layouts.receipt import draw_receipt
from evaluation.generator.truth import truth_of

KINDS = ("digital", "scan", "receipt", "table")


@dataclass(frozen=True, slots=True)
class Made:
    """One document: its line in the manifest, its bytes, its truth."""

    entry: dict[str, Any]
    content: bytes
    truth: dict[str, Any]


def make_document(seed: int, index: int, *, languages: Sequence[str], kinds: Sequence[str]) -> Made:
    """Document number `index` of `seed`, whatever was made before it."""
    rng = Random(f"{seed}/{index}")
    language = LANGUAGES[languages[index % len(languages)]]
    turn = index // len(languages)
    country = language.countries[turn % len(language.countries)]
    kind = kinds[(index + turn) % len(kinds)]
    credit = kind != "receipt" and rng.random() < 0.08
    bill = invent_bill(
        rng,
        language,
        country,
        "receipt" if kind == "receipt" else "credit_note" if credit else "invoice",
    )
    design = choose_design(rng, bill, index)
    if kind == "table":
        design = replace(design, form=choose_form(rng, bill))
    pdf, places = draw_receipt(rng, bill, design) if kind == "receipt" else draw_bill(bill, design)
    pages = max(printed.page for found in places.values() for printed in found)
    layout = "till-roll" if kind == "receipt" else design.layout
    name = f"{kind}-{language.code}-{country.code.lower()}-{index:05d}"
    truth = truth_of(bill, places)
    content, ending = pdf, "pdf"
    # A third of the till rolls comes as PDF: sent by mail, not photographed.
    if kind == "scan" or (kind == "receipt" and rng.random() < 0.67):
        damage = choose_damage(rng, pages=pages)
        content, ending = scan(pdf, damage, rng.randrange(2**31)), damage.ending
        truth["damage"] = {name: getattr(damage, name) for name in damage.__slots__}
    entry = {
        "id": name,
        "set": kind,
        "file": f"{name}.{ending}",
        "truth": f"{name}.json",
        "format": ending,
        "layout": layout,
        "lang": language.code,
        "country": country.code,
        "doc_type": bill.kind,
        "pages": pages,
    }
    if kind == "table":
        entry["form"] = design.form.name
    return Made(entry, content, truth)


def write_documents(
    folder: Path,
    *,
    count: int,
    seed: int,
    languages: Sequence[str] = tuple(LANGUAGES),
    kinds: Sequence[str] = ("digital",),
) -> Path:
    """Write documents, truths and the manifest; returns the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for index in range(count):
        made = make_document(seed, index, languages=languages, kinds=kinds)
        (folder / made.entry["file"]).write_bytes(made.content)
        truth = json.dumps(made.truth, ensure_ascii=False, indent=1)
        (folder / made.entry["truth"]).write_text(truth + "\n", "utf-8")
        lines.append(json.dumps(made.entry, ensure_ascii=False) + "\n")
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(lines), "utf-8")
    return manifest
