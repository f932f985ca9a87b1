"""How a layout is recognised: by the words it prints every time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from invoice_ai.domain.pages import Reading
from invoice_ai.extraction.finders.labels import comparable
from invoice_ai.extraction.memory.model import Memory

SAME_LAYOUT = 0.36  # other layouts of the same vendor have 0.1 to 0.3: its name, "total"
_MOST_MARKS = 150
_SHORTEST = 3  # letters


def marks_of(reading: Reading) -> frozenset[str]:
    """Words of the first and the last page without digits, in their comparable form."""
    pages = reading.pages[:1] + reading.pages[1:][-1:]
    found: dict[str, None] = {}
    for page in pages:
        for word in page.words:
            if not any(c.isdigit() for c in word.text):
                key = comparable(word.text)
                if len(key) >= _SHORTEST:
                    found.setdefault(key)
    return frozenset(list(found)[:_MOST_MARKS])


def likeness(memory: Memory, marks: frozenset[str]) -> float:
    """How much of the remembered layout is on this document, 0–1.

    Words seen in every lesson weigh fully; those of one document of many, which are its lines'
    texts, hardly.
    """
    weights = {mark: (seen / max(1, memory.lessons)) ** 2 for mark, seen in memory.marks.items()}
    all_of_it = sum(weights.values())
    if not all_of_it:
        return 0.0
    return sum(weight for mark, weight in weights.items() if mark in marks) / all_of_it


def fits(memory: Memory, marks: frozenset[str]) -> bool:
    """Whether the document has the remembered layout."""
    return likeness(memory, marks) >= SAME_LAYOUT


def fitting(memories: Iterable[Memory], reading: Reading) -> Memory | None:
    """The memory whose layout this document has; None when it has none of them."""
    marks = marks_of(reading)
    found = [memory for memory in memories if fits(memory, marks)]
    return max(found, key=lambda m: likeness(m, marks), default=None)


def marks_after(memory: Memory | None, marks: frozenset[str]) -> dict[str, int]:
    """The marks with one more lesson; what was seen rarely is forgotten first."""
    counted = dict(memory.marks) if memory else {}
    for mark in sorted(marks):
        counted[mark] = counted.get(mark, 0) + 1
    kept: Sequence[tuple[str, int]] = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return dict(kept[:_MOST_MARKS])
