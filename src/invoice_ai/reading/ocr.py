"""Reading a picture of a page: find the lines, read them, put the words where they stand.

PP-OCRv6-small cut to Latin letters and quantised (see models/NOTICE.md), on OpenVINO. One engine
per process with one thread: two processes read 5.6–6.0 pages a second on two cores, one process
with two threads 4.1–4.8.
"""

from __future__ import annotations

import math
import os
import stat
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from invoice_ai.domain.layout import rows
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.reading.detection import Quad, find_lines
from invoice_ai.reading.parts import Pixels
from invoice_ai.reading.recognition import HEIGHT, Network, ReadLine, cut_out, read_crops
from invoice_ai.reading.runtime import openvino

MODELS = Path(__file__).parent / "models"

LEAST_CONFIDENCE = 0.5  # mean of a line's letters; below it there was no text
STANDING = 2.0  # a box this much taller than wide is tried as a line that runs up the page
# The network tells the step in which a letter begins; ink starts a little before it and ends
# after it (pixels of the 48 pixel high crop).
BEFORE, AFTER = 5.0, 13.0
# The four longest lines of upright pages: mean confidence ≥ 0.817; upside down ≤ 0.733 (n = 86).
UPSIDE_DOWN = 0.80
LEAST_SKEW = 0.8  # degrees; less than that does not disturb the rows
MOST_SKEW = 20.0  # more is not skew, but the few lines of a logo


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on the page. `quad` starts where the text starts, whichever way it runs."""

    quad: Quad
    read: ReadLine
    standing: bool


class Engine:
    """The two networks, loaded. Not for several threads at once; never shared over a fork."""

    def __init__(self, cache_folder: Path | None = None) -> None:
        cv2.setNumThreads(1)
        core = openvino.Core()
        self._detect = _load(core, MODELS / "detection.xml", cache_folder)
        self._recognise = _load(core, MODELS / "recognition.xml", cache_folder)
        letters = (MODELS / "characters.txt").read_text(encoding="utf-8").split("\n")
        self._characters = ("", *letters, " ")

    def find(self, pixels: Pixels) -> list[Quad]:
        """The lines of text on a grey page."""
        return find_lines(pixels, self._detect)

    def read(self, crops: Sequence[Pixels]) -> list[ReadLine]:
        """What the crops say."""
        return read_crops(crops, self._recognise, self._characters)


def _load(core: openvino.Core, model: Path, cache_folder: Path | None) -> Network:
    """A network that takes grey bytes, rows × columns × 1, and scales them itself."""
    network = core.read_model(model)
    builder = openvino.preprocess.PrePostProcessor(network)
    builder.input().tensor().set_element_type(openvino.Type.u8)
    builder.input().tensor().set_layout(openvino.Layout("NHWC"))
    builder.input().model().set_layout(openvino.Layout("NCHW"))
    steps = builder.input().preprocess().convert_element_type(openvino.Type.f32)
    steps.mean([127.5]).scale([127.5])
    options: dict[str, object] = {
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        # With pinning, all processes of a machine share its first core.
        "ENABLE_CPU_PINNING": False,
        # No precision hint: OpenVINO takes bf16 where the CPU has it; asking for it elsewhere
        # makes everything eight times slower.
    }
    if cache_folder:
        options["CACHE_DIR"] = str(cache_folder)
    compiled = core.compile_model(builder.build(), "CPU", options)
    request, output = compiled.create_infer_request(), compiled.output(0)

    def run(image: Pixels) -> NDArray[np.float32]:
        found = request.infer({0: image}, share_inputs=True, share_outputs=True)[output]
        return np.asarray(found, np.float32)

    return run


def default_cache_folder() -> Path | None:
    """Where compiled networks are kept (start 0.6 → 0.2 s): a folder of this user alone, since
    what lies there is executed. None when there is no such place."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(home).expanduser() / "invoice-ai" / "ocr"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except (OSError, RuntimeError):
        return None
    ours = not hasattr(os, "getuid") or (
        state.st_uid == os.getuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
    return folder if ours and os.access(folder, os.W_OK) else None


_lock = threading.Lock()
_engines: dict[int, Engine] = {}


def read_pixels(number: int, pixels: Pixels, *, cache_folder: Path | None = None) -> Page:
    """Read a grey picture of a page with this process's engine.

    Returns: The page upright: `rotation` and `skew` tell how the picture has to be turned.
    """
    with _lock:
        engine = _engines.get(os.getpid())
        if engine is None:
            # After a fork the parent's engine has lost its threads: start anew.
            _engines.clear()
            engine = _engines[os.getpid()] = Engine(cache_folder or default_cache_folder())
        return read_page(engine, number, pixels)


def read_page(engine: Engine, number: int, pixels: Pixels) -> Page:
    """Read a grey picture of a page, whichever way up it lies."""
    quads = engine.find(pixels)
    rotation = 0
    if _lies(quads):
        rotation, pixels = 90, np.ascontiguousarray(np.rot90(pixels, -1))
        quads = engine.find(pixels)
    lines = _read_lines(engine, pixels, quads)
    if _is_upside_down(engine, pixels, lines):
        rotation, pixels = rotation + 180, np.ascontiguousarray(np.rot90(pixels, 2))
        lines = _read_lines(engine, pixels, engine.find(pixels))
    lines = [line for line in lines if line.read.confidence >= LEAST_CONFIDENCE]
    height, width = pixels.shape
    skew = _skew(lines)
    place = _straightener(width, height, skew)
    words = [word for line in lines for word in _words(line, place)]
    ordered = tuple(word for row in rows(words) for word in row)
    return Page(number, width, height, ordered, "ocr", rotation, skew)


def _sides(quad: Quad) -> tuple[float, float]:
    return math.dist(quad[0], quad[1]), math.dist(quad[0], quad[3])


def _lies(quads: Sequence[Quad]) -> bool:
    """Whether most of the text, by length, runs up or down the page."""
    standing = level = 0.0
    for width, height in map(_sides, quads):
        if height > width:
            standing += height
        else:
            level += width
    return standing > level


def _read_lines(engine: Engine, pixels: Pixels, quads: Sequence[Quad]) -> list[Line]:
    """Read each line as level; one that is much taller than wide also as running down and up the
    page. The most certain reading counts, level when in doubt: a lone digit is tall, too."""
    crops: list[Pixels] = []
    tries: list[list[Quad]] = []
    for quad in quads:
        width, height = _sides(quad)
        turns = (0, -1, 1) if height >= STANDING * width else (0,)
        turned = [np.roll(quad, turn, axis=0) for turn in turns]
        cut = [cut_out(pixels, each) for each in turned]
        tries.append([each for each, crop in zip(turned, cut, strict=True) if crop is not None])
        crops += [crop for crop in cut if crop is not None]
    reads = iter(engine.read(crops))
    lines: list[Line] = []
    for turned in tries:
        best: Line | None = None
        for quad in turned:
            line = Line(quad, next(reads), best is not None)
            if best is None or (
                len(line.read.text) > 1 and line.read.confidence > best.read.confidence
            ):
                best = line
        if best is not None:
            lines.append(best)
    return lines


def _is_upside_down(engine: Engine, pixels: Pixels, lines: Sequence[Line]) -> bool:
    """Whether the longest lines read better upside down; asked only when they read badly."""
    level = [line for line in lines if not line.standing]
    longest = sorted(level, key=lambda line: -_sides(line.quad)[0])[:6]
    if not longest or _mean([line.read for line in longest[:4]]) >= UPSIDE_DOWN:
        return False
    crops = [cut_out(pixels, line.quad) for line in longest]
    turned = engine.read([np.ascontiguousarray(c[::-1, ::-1]) for c in crops if c is not None])
    return _mean(turned) > _mean([line.read for line in longest])


def _mean(lines: Sequence[ReadLine]) -> float:
    return sum(line.confidence for line in lines) / max(1, len(lines))


def _skew(lines: Sequence[Line]) -> float:
    """The angle of the text in degrees, clockwise; 0 when it is level enough."""
    angles: list[tuple[float, float]] = []
    for line in lines:
        width, height = _sides(line.quad)
        if not line.standing and width > 4 * height:
            (x0, y0), (x1, y1) = line.quad[0].tolist(), line.quad[1].tolist()
            angles.append((math.degrees(math.atan2(y1 - y0, x1 - x0)), width))
    angles.sort()
    half = sum(width for _, width in angles) / 2
    for angle, width in angles:
        half -= width
        if half <= 0:
            return round(angle, 2) if LEAST_SKEW <= abs(angle) <= MOST_SKEW else 0.0
    return 0.0


Placer = Callable[[NDArray[np.float64]], Box]


def _straightener(width: int, height: int, skew: float) -> Placer:
    """Turns corner points of the picture into a box on the straightened page."""
    cosine, sine = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    center = np.array([width / 2, height / 2])
    turn = np.array([[cosine, -sine], [sine, cosine]])  # row vectors, y down: turns back by skew

    def place(points: NDArray[np.float64]) -> Box:
        if skew:
            points = (points - center) @ turn + center
        fractions = np.clip(points / (width, height), 0.0, 1.0)
        (x0, y0), (x1, y1) = fractions.min(0).tolist(), fractions.max(0).tolist()
        return Box(x0, y0, x1, y1)

    return place


def _words(line: Line, place: Placer) -> list[Word]:
    """The line's words, parted at spaces; each as certain as its least certain letter."""
    corner = line.quad[0].astype(np.float64)
    length, height = _sides(line.quad)
    along = (line.quad[1] - line.quad[0]) / max(length, 1e-6)
    down = (line.quad[3] - line.quad[0]).astype(np.float64)
    unit = height / HEIGHT  # page pixels per crop pixel
    words: list[Word] = []
    start = 0
    letters = line.read.letters
    for end in range(len(letters) + 1):
        if end < len(letters) and letters[end].text != " ":
            continue
        if part := letters[start:end]:
            first = corner + along * max(0.0, part[0].at - BEFORE) * unit
            last = corner + along * (part[-1].at + AFTER) * unit
            box = place(np.array([first, last, first + down, last + down]))
            text = "".join(letter.text for letter in part)
            words.append(Word(text, box, min(letter.confidence for letter in part)))
        start = end + 1
    return words
