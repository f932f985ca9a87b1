"""Where the lines of text are: a probability map from the network, and boxes around its islands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from invoice_ai.reading.parts import Pixels

Network = Callable[[Pixels], NDArray[np.float32]]
Quad = NDArray[np.float32]  # corners of one line: top left, top right, bottom right, bottom left

# Measured on receipts and A4 pages (benchmarks/): 1024 loses 0.4 points of word F1, 1600 wins 0.2
# for a quarter more time; a box threshold of 0.2 finds 1.1 % more lines than the usual 0.5.
LONG_SIDE = 1280
SHORT_SIDE = 320  # a long till receipt is kept at least this wide, else its letters vanish …
LONGEST_SIDE = 6400  # … as long as it does not get longer than this
MULTIPLE = 64  # canvas sides, so that OpenVINO sees few different shapes: it keeps each for ever
MAP_THRESHOLD = 0.3
BOX_THRESHOLD = 0.2
UNCLIP = 1.6  # the map shows the cores of the lines; boxes grow by this share of area / perimeter
SHORTEST_SIDE = 3
LARGEST_UPSCALE = 1.5  # thumbnails are enlarged this far, to a shorter side of 480


def find_lines(pixels: Pixels, network: Network) -> list[Quad]:
    """The lines of text on a grey page, in no particular order, in pixels of the page."""
    height, width = pixels.shape
    long, short = max(height, width), min(height, width)
    scale = min(1.0, max(LONG_SIDE / long, min(SHORT_SIDE / short, LONGEST_SIDE / long)))
    if long < 700:
        scale = max(scale, min(LARGEST_UPSCALE, 480 / short))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    if scale != 1.0:
        shrinking = cv2.INTER_AREA if scale < 0.75 else cv2.INTER_LINEAR
        resized = cv2.resize(pixels, (columns, rows), interpolation=shrinking)
        pixels = np.asarray(resized, np.uint8)
    canvas = np.full(
        (1, -(-rows // MULTIPLE) * MULTIPLE, -(-columns // MULTIPLE) * MULTIPLE, 1), 255, np.uint8
    )
    canvas[0, :rows, :columns, 0] = pixels
    probabilities = network(canvas)[0, 0]
    shrunk = probabilities.shape[0] / canvas.shape[1]
    used = probabilities[: math.ceil(rows * shrunk), : math.ceil(columns * shrunk)]
    return _quads(used, 1 / (scale * shrunk))


def _quads(probabilities: NDArray[np.float32], enlarge: float) -> list[Quad]:
    cores = (probabilities > MAP_THRESHOLD).view(np.uint8)
    mask = cv2.dilate(cores, np.ones((2, 2), np.uint8))
    quads = []
    for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        (x, y), (a, b), angle = cv2.minAreaRect(contour)
        if min(a, b) < SHORTEST_SIDE:
            continue
        if _score(probabilities, contour, ((x, y), (a, b), angle)) < BOX_THRESHOLD:
            continue
        grow = a * b * UNCLIP / (a + b)
        corners = cv2.boxPoints(((x, y), (a + grow, b + grow), angle)) * enlarge
        quads.append(_ordered(corners))
    return quads


def _score(probabilities: NDArray[np.float32], contour: Any, rectangle: Any) -> float:
    """The mean probability within the rectangle."""
    x, y, width, height = cv2.boundingRect(contour)
    part = probabilities[y : y + height, x : x + width]
    if not 1 <= rectangle[2] % 90 <= 89:
        return float(part.mean())
    mask = np.zeros((height, width), np.uint8)
    corners = (cv2.boxPoints(rectangle) - [x, y]).astype(np.int32)
    cv2.fillPoly(mask, [corners], (1,))
    return float(cv2.mean(part, mask)[0])


def _ordered(corners: NDArray[np.float32]) -> Quad:
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
