"""Which checks still stand after people looked at some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from invoice_ai.domain.findings import Finding, Override


def settle(findings: Sequence[Finding], overrides: Iterable[Override]) -> tuple[Finding, ...]:
    """The findings, those that a person let pass as mere information.

    An override no longer holds when one of the two compared values has changed since.
    """
    let_pass = list(overrides)
    return tuple(
        replace(finding, severity="info")
        if finding.outcome == "failed" and any(o.covers(finding) for o in let_pass)
        else finding
        for finding in findings
    )
