"""Our OCR against rapidocr and Tesseract: words read right and CPU seconds a page, in one run.

    pip install --no-deps --target build/ocr -r benchmarks/ocr-requirements.txt
    sudo apt-get install tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra   # as many as you like
    PYTHONPATH=build/ocr:. python benchmarks/ocr.py [--pages 60] [--seed 1] [--output FILE]

The pages are the generator's invoices, damaged as its scans are; what they say is known from the
PDF before it became a picture. Every page is read by all three, one after the other, each with one
thread; what is compared is a bag of words, upper and lower case and accents told apart. Tesseract
is called as people call it, one process a page, with every language that is installed. An engine
that is not installed is said to be missing, not left out.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
from evaluation.generator.bills import invent_bill
from evaluation.generator.degrade import choose_damage, scan
from evaluation.generator.design import choose_design
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from invoice_ai.reading import read_document
from invoice_ai.reading.ocr import read_pixels

Pixels = NDArray[np.uint8]
Reader = Callable[[Pixels], list[str]]
KEYS = ("invoice_number", "total", "iban")  # printed values that must come out letter for letter


@dataclass(frozen=True, slots=True)
class Sheet:
    """One damaged page, the words that were printed on it, and the values that matter most."""

    language: str
    pixels: Pixels
    words: Counter[str]
    keys: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What one engine made of all pages."""

    right: int = 0
    read: int = 0
    printed: int = 0
    keys_right: int = 0
    keys: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, sheet: Sheet, words: Sequence[str], seconds: float) -> None:
        found = Counter(words)
        self.right += (found & sheet.words).total()
        self.read += found.total()
        self.printed += sheet.words.total()
        text = "".join(words)
        self.keys_right += sum(key in text for key in sheet.keys)
        self.keys += len(sheet.keys)
        self.seconds.append(seconds)

    def figures(self) -> dict[str, float]:
        return {
            "word_f1": round(2 * self.right / max(1, self.read + self.printed), 4),
            "precision": round(self.right / max(1, self.read), 4),
            "recall": round(self.right / max(1, self.printed), 4),
            "key_values": round(self.keys_right / max(1, self.keys), 4),
            "cpu_seconds_a_page": round(sum(self.seconds) / max(1, len(self.seconds)), 3),
            "cpu_seconds_median": round(median(self.seconds or [0.0]), 3),
        }


def sheets(count: int, seed: int) -> Iterator[Sheet]:
    """Damaged pages in all languages by turns; fax and marked pages are among them."""
    codes = list(LANGUAGES)
    index = 0
    while count > 0:
        rng = Random(f"ocr/{seed}/{index}")
        language = LANGUAGES[codes[index % len(codes)]]
        country = language.countries[index // len(codes) % len(language.countries)]
        bill = invent_bill(rng, language, country, "invoice")
        pdf, places = draw_bill(bill, choose_design(rng, bill, index))
        printed = read_document(pdf, "pdf").pages
        file = Image.open(io.BytesIO(scan(pdf, choose_damage(rng, pages=len(printed)), seed)))
        for page, frame in zip(printed, ImageSequence.Iterator(file), strict=False):
            if count <= 0:
                return
            keys = [
                found.raw.replace(" ", "")
                for name in KEYS
                for found in places.get(name, ())
                if found.page == page.number
            ]
            words = Counter(word.text for word in page.words)
            yield Sheet(language.code, np.array(frame.convert("L")), words, tuple(keys))
            count -= 1
        index += 1


def ours(pixels: Pixels) -> list[str]:
    """The pipeline of the product."""
    return [word.text for word in read_pixels(1, pixels).words]


def rapidocr() -> Reader | None:
    """RapidOCR as it comes, with one thread."""
    try:
        from rapidocr import RapidOCR
    except ImportError:
        return None
    engine = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "error",
        }
    )

    def read(pixels: Pixels) -> list[str]:
        lines = engine(np.repeat(pixels[:, :, None], 3, axis=2)).txts or ()
        return [word for line in lines for word in line.split()]

    return read


def tesseract() -> tuple[Reader, str] | None:
    """The command line, with all installed languages."""
    if shutil.which("tesseract") is None:
        return None
    told = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=True
    ).stdout.split()
    languages = "+".join(sorted(lang for lang in told if len(lang) == 3 and lang != "osd"))

    def read(pixels: Pixels) -> list[str]:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG", compress_level=0)
        ran = subprocess.run(
            ["tesseract", "stdin", "stdout", "--psm", "4", "-l", languages, "--dpi", "200"],
            input=out.getvalue(),
            capture_output=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            check=True,
        )
        return ran.stdout.decode(errors="replace").split()

    return read, languages


def cpu_seconds() -> float:
    """Of this process, all threads, and of the processes it called."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Read every page with every engine and write the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--pages", type=int, default=60)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--output", type=Path)
    chosen = ask.parse_args()
    readers: dict[str, Reader] = {"invoice-ai": ours}
    missing, languages = [], ""
    if (other := rapidocr()) is not None:
        readers["rapidocr"] = other
    else:
        missing.append("rapidocr")
    if (called := tesseract()) is not None:
        readers["tesseract"], languages = called
    else:
        missing.append("tesseract")
    tallies = {group: {name: Tally() for name in readers} for group in ("all", "en", "other")}
    for number, sheet in enumerate(sheets(chosen.pages, chosen.seed)):
        names = list(readers)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            if not number:
                readers[name](sheet.pixels)  # loading is not reading
            before = cpu_seconds()
            words = readers[name](sheet.pixels)
            seconds = cpu_seconds() - before
            for group in ("all", "en" if sheet.language == "en" else "other"):
                tallies[group][name].add(sheet, words, seconds)
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": time.strftime("%Y-%m-%d"),
        "load_average": round(os.getloadavg()[0], 1),
        "pages": chosen.pages,
        "seed": chosen.seed,
        "tesseract_languages": languages,
        "missing": missing,
        "engines": {
            name: {group: tallies[group][name].figures() for group in tallies} for name in readers
        },
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
