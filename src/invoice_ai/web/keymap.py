"""The keys of the review screen: one map, obeyed by the script and shown by `?`."""

from __future__ import annotations

from typing import Any

from invoice_ai.web.language import N_, _

# Section → keys. `do` names what happens in static/review.js; a press is KeyboardEvent.key, with
# Alt+ also KeyboardEvent.code (Option on a Mac types another letter). `held`: also inside a field.
KEYS: dict[str, tuple[str, tuple[tuple[str, tuple[str, ...], str], ...]]] = {
    "field": (
        N_("In a field"),
        (
            ("confirm", ("Enter",), N_("Confirm, go to the next check")),
            ("tab", ("Tab",), N_("Next field")),
            (
                "suggest",
                (
                    "Alt+1",
                    "Alt+2",
                    "Alt+3",
                    "Alt+4",
                ),
                N_("Take a suggestion"),
            ),
            ("walk", ("Alt+w",), N_("Pick a word on the page by arrow keys")),
            ("escape", ("Escape",), N_("Undo the change, then leave the field")),
        ),
    ),
    "lines": (
        N_("In the lines"),
        (
            (
                "row",
                (
                    "ArrowUp",
                    "ArrowDown",
                ),
                N_("Same column, other line"),
            ),
            ("insert", ("Alt+Insert",), N_("New line below")),
            ("remove", ("Alt+Delete",), N_("Delete the line")),
            ("paste", ("Control+v",), N_("Paste cells from a spreadsheet")),
        ),
    ),
    "invoice": (
        N_("On the invoice"),
        (
            ("approve", ("Control+Enter",), N_("Approve, open the next one")),
            ("nextCheck", ("n",), N_("Next check")),
            ("next", ("j",), N_("Next invoice")),
            ("previous", ("k",), N_("Previous invoice")),
            ("reject", ("r",), N_("Reject")),
            ("sendBack", ("b",), N_("Send back")),
            ("later", ("l",), N_("Later")),
            ("undo", ("z",), N_("Undo the last decision")),
        ),
    ),
    "page": (
        N_("On the page"),
        (
            ("pageBack", ("PageUp",), N_("Previous page")),
            ("pageOn", ("PageDown",), N_("Next page")),
            ("zoomIn", ("+",), N_("Zoom in")),
            ("zoomOut", ("-",), N_("Zoom out")),
            ("zoomFit", ("0",), N_("Fit the width")),
            ("words", ("w",), N_("Walk the words")),
            ("boxes", ("v",), N_("Show or hide boxes")),
        ),
    ),
}
# As they stand on keyboards.
NAMES = {
    "Control": "Ctrl",
    "Escape": "Esc",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "PageUp": "PgUp",
    "PageDown": "PgDn",
    "-": "−",
}


def keymap() -> list[dict[str, Any]]:
    """The map in the spoken language, as JSON for script and dialog."""
    return [
        {
            "title": _(title),
            "keys": [
                {"do": do, "press": list(presses), "shown": _shown(presses), "text": _(text)}
                for do, presses, text in keys
            ],
        }
        for title, keys in KEYS.values()
    ]


def _shown(presses: tuple[str, ...]) -> list[str]:
    """Keys to be drawn one by one; of many alternatives the first and the last."""
    few = presses if len(presses) < 3 else (presses[0], "…", presses[-1].rpartition("+")[2])
    parts = [part for press in few for part in (press.split("+") if len(press) > 1 else [press])]
    return [NAMES.get(part, part.upper() if len(part) == 1 else part) for part in parts]
