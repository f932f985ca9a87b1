"""The ranker can be fitted by anybody, and what is shipped computes what was fitted."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from evaluation.generator.documents import write_documents
from evaluation.training.cases import Case, case_of, read_document_once, sources_of
from evaluation.training.fit import exported, fit_calibrations, fit_trees, fold_of, judge
from evaluation.training.rows import calibrations_of, forget_heads, read_all
from sklearn.ensemble import HistGradientBoostingClassifier
from tests.extraction.lines.line_paper import table_page
from tests.extraction.lines.test_tables import COLUMNS

from invoice_ai.extraction.finders import find_fields
from invoice_ai.extraction.lines.certainty import Signs


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder: Path = tmp_path_factory.mktemp("made")
    manifest = write_documents(folder, count=24, seed=4, kinds=["digital"])
    found = []
    for source in sources_of(manifest, real=False):
        reading = read_document_once(source, folder)
        assert reading is not None
        truth = json.loads(source.truth.read_text("utf-8"))
        found.append(case_of(source, find_fields(reading.pages), truth))
    return found


def test_numpy_trees_say_what_scikit_learn_says() -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(400, 6)).astype(np.float32)
    right = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.3).astype(int)
    fitted = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8).fit(rows, right)
    ours = exported(fitted).log_odds(rows)
    assert np.allclose(ours, fitted.decision_function(rows), atol=1e-4)


def test_documents_of_one_issuer_are_never_on_both_sides(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "file": "a.pdf", "truth": "a.json", "issuer": "X", "layout": "1"}',
        '{"id": "b", "file": "b.pdf", "truth": "b.json", "issuer": "Y", "layout": "1"}',
        '{"id": "c", "file": "c.pdf", "truth": "c.json", "issuer": "y"}',
        '{"id": "d", "file": "d.pdf", "truth": "d.json", "issuer": "Z", "variant_of": "c"}',
        '{"id": "e", "file": "e.pdf", "truth": "e.json", "issuer": "W"}',
    ]
    (tmp_path / "m.jsonl").write_text("\n".join(lines), "utf-8")
    groups = {s.id: s.group for s in sources_of(tmp_path / "m.jsonl", real=True)}
    assert len({groups[i] for i in "abcd"}) == 1 and groups["e"] != groups["a"]
    assert len({fold_of(groups[i]) for i in "abcd"}) == 1


def test_the_right_value_is_among_the_options_of_generated_invoices(cases: list[Case]) -> None:
    missed = [
        (case.source.id, name)
        for case in cases
        for name in ("total", "invoice_number", "invoice_date", "vendor_name")
        if name in case.right and not case.right[name].any()
    ]
    assert len(missed) <= 1, missed


def test_a_fit_learns_to_choose(cases: list[Case]) -> None:
    trees = fit_trees(cases)
    judged = judge(trees, cases)
    right = [j.right for j in judged if j.name == "total"]
    assert sum(right) >= 0.9 * len(right)
    calibrations = fit_calibrations(judged)
    assert all(0 < c.highest < 1 for c in calibrations.values())


def test_a_fit_of_rows_learns_that_names_and_products_tell(tmp_path: Path) -> None:
    manifest = write_documents(tmp_path, count=40, seed=5, kinds=["table"])
    sources = [(source, tmp_path / "kept") for source in sources_of(manifest, real=False)]
    rows = read_all(sources, tmp_path, jobs=1)
    assert len(rows) >= 35
    found = calibrations_of(rows)
    best = Signs(1.0, 1.0, 1.0, *[0.0] * (len(Signs._fields) - 3))
    sure = found["amount", "text"].probability(best)
    assert sure > 0.9
    doubtful = best._replace(multiplies=0.0, nameless=1.0, no_amount=1.0, ragged=1.0)
    assert found["amount", "text"].probability(doubtful) < sure


def test_only_the_heads_of_tables_are_forgotten() -> None:
    paper = table_page(COLUMNS, [["Writing desk", "3", "12.00", "36.00"]])
    changed = set()
    for seed in range(5):
        (forgotten,) = forget_heads([paper], Random(seed))
        assert [w.box for w in forgotten.words] == [w.box for w in paper.words]
        changed |= {a.text for a, b in zip(paper.words, forgotten.words, strict=True) if a != b}
    assert changed == {"Description", "Unit", "Price", "Amount"}  # "Qty" has no vowel to lose
