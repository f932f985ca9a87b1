"""Header fields decided by a trained model: options, trees, a joint choice, a calibration.

options   what each field may be, and what a person would look at
trees     gradient-boosted trees as arrays
choice    which option it is; amounts together
model     the file and what its log-odds mean
"""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

from invoice_ai.domain.invoice import FIELDS, Candidate, ExtractedField
from invoice_ai.extraction.finders import NOT_BOOKABLE, FoundFields
from invoice_ai.extraction.finders.contradictions import till_says_else
from invoice_ai.extraction.finders.evidence import Found, as_field
from invoice_ai.extraction.ranker.choice import Chosen, Scores, choose_all
from invoice_ai.extraction.ranker.model import Input, Ranker, shipped_ranker
from invoice_ai.extraction.ranker.options import Option, options_of

_AMBIGUOUS = 0.6  # a day and a month that can be swapped are about an even chance
_UNNAMED = 0.85  # the most that is said of an amount for which no rule found a name
_TILL_SAYS_ELSE = 0.85  # the most that is said of a total that the till's own sums speak against
_WORTH_OFFERING = 0.02  # probability from which another reading is shown to the reviewer
_OTHERS = 4


def decide(found: FoundFields, ranker: Ranker | None = None) -> FoundFields:
    """The finders' fields decided again: values by the model, confidences as probabilities."""
    seen = found.seen
    if seen is None:
        return found
    ranker = ranker or shipped_ranker()
    options = {n: o for n, o in options_of(found).items() if o and n in ranker.trees}
    tax = found.fields.get("tax_total")
    if tax is not None and tax.source == "computed":
        del options["tax_total"]  # printed nowhere: there is nothing to choose it from
    scores = ranker.log_odds({n: [o.features for o in of] for n, of in options.items()})
    own = {n: _own(found.fields.get(n), of) for n, of in options.items()}
    choice = choose_all({n: [o.value for o in of] for n, of in options.items()}, scores, own)
    source: Input = "ocr" if any(p.source == "ocr" for p in seen.sheet.pages) else "text"
    fields = {n: f for n, f in found.fields.items() if n not in options}
    for name, chosen in choice.items():
        sure = ranker.calibrations[name, source].probability(chosen)
        if name == "total" and till_says_else(options[name][chosen.at].value, seen.amounts):
            sure = min(sure, _TILL_SAYS_ELSE)
        fields[name] = _field(
            found.fields.get(name),
            options[name],
            scores[name],
            chosen,
            sure if seen.bookable else sure * NOT_BOOKABLE,
        )
    _due_follows_total(found.fields, fields)
    return replace(found, fields={n: fields[n] for n in FIELDS if n in fields})


def _own(field: ExtractedField | None, options: list[Option]) -> int:
    """Which option the finders chose."""
    if field is None:
        return -1
    return next((i for i, o in enumerate(options) if o.value == field.value), -1)


def _field(
    before: ExtractedField | None,
    options: list[Option],
    scores: Scores,
    chosen: Chosen,
    sure: float,
) -> ExtractedField:
    option = options[chosen.at]
    if before is not None and before.value == option.value:
        field = before
    else:
        found = option.found()
        field = as_field(found) if isinstance(found, Found) else found
    if "ambiguous_date" in field.reasons:
        sure = min(sure, _AMBIGUOUS)
    if before is None and isinstance(option.value, Decimal):
        sure = min(sure, _UNNAMED)  # wrong is worse than missing
    sure = round(max(0.01, sure), 4)
    if len(options) == 1:
        return replace(field, confidence=sure)
    return replace(field, confidence=sure, candidates=_others(field, options, scores, sure))


def _others(
    field: ExtractedField, options: list[Option], scores: Scores, sure: float
) -> tuple[Candidate, ...]:
    """What it may be instead, best first; together with the choice at most certain."""
    # The other reading of a date that can be read in two ways stays the first.
    kept = [c for c in field.candidates if "ambiguous_date" in field.reasons][:1]
    for at in (-scores).argsort(kind="stable").tolist():
        option = options[at]
        chance = min(1 - sure, 1 / (1 + math.exp(-max(-30.0, min(30.0, float(scores[at]))))))
        if chance < _WORTH_OFFERING or len(kept) == _OTHERS:
            break
        if option.value == field.value or any(c.value == option.value for c in kept):
            continue
        found = option.found()
        if isinstance(found, Found):
            page = found.page
            place = (page.source, page.number, found.box)
            kept.append(Candidate(option.value, found.raw, round(chance, 4), *place))
    return tuple(kept)


def _due_follows_total(before: dict[str, ExtractedField], after: dict[str, ExtractedField]) -> None:
    """An amount due that was only computed from the total is computed from the new one."""
    due, old, new = after.get("amount_due"), before.get("total"), after.get("total")
    if due is None or old is None or new is None or due.source != "computed":
        return
    if due.value == old.value != new.value:
        after["amount_due"] = replace(due, value=new.value, page=new.page, box=new.box)
