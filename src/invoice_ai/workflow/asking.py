"""Asking a model within the story: whose rules hold, and where answers are kept.

The question itself is asked outside of any transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoice_ai import ai
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.pages import Page
from invoice_ai.domain.vendors import marks_of
from invoice_ai.examination import Adviser, adviser_of
from invoice_ai.store import ai as stored
from invoice_ai.store import vendors
from invoice_ai.store.database import Database
from invoice_ai.workflow.place import Workplace

SHORTEST_MARK = 6  # shorter ones are found in other words


def adviser_for(place: Workplace, invoice_id: int, document: str) -> Adviser | None:
    """The configured model with the rules for this invoice; None: no model is configured."""

    def policy(invoice: ExtractedInvoice, pages: Sequence[Page]) -> ai.Policy:
        return policy_for(place, invoice_id, invoice, pages)

    answers = KeptAnswers(place.database, document)
    return adviser_of(place.settings, policy=policy, answers=answers)


def policy_for(
    place: Workplace, invoice_id: int, invoice: ExtractedInvoice, pages: Sequence[Page]
) -> ai.Policy:
    """The strictest of the rules of the folder, of the vendor, and of every vendor on the page.

    A vendor whose name was misread is still kept from the cloud when its tax id, account or domain
    is printed anywhere.
    """
    with place.database.reading() as session:
        rules = [stored.folder_policy(session, invoice_id)]
        found = vendors.match(session, marks_of(invoice))
        rules.append(found[0].ai_policy if found else None)
        restrictions = stored.restrictions(session)
    if restrictions:
        text = "\n".join(compact(" ".join(w.text for w in page.words)) for page in pages)
        for mark in restrictions:
            key = compact(mark.key)
            if len(key) >= SHORTEST_MARK and key in text:
                rules.append(mark.policy)
    return ai.strictest(*rules)


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """The answers about one document, in the database; each look is a short transaction."""

    database: Database
    document: str

    def recall(self, key: str) -> str | None:
        with self.database.reading() as session:
            return stored.recall(session, key)

    def keep(self, key: str, model: ai.Model, question: ai.Question, told: ai.Told) -> None:
        with self.database.writing() as session:
            stored.keep(
                session,
                key,
                document_sha256=self.document,
                provider=model.provider,
                model=model.name,
                prompt=question.prompt,
                answer=told.text,
                tokens_in=told.tokens_in,
                tokens_out=told.tokens_out,
                cost=told.cost,
                seconds=told.seconds,
            )
