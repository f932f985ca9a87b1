"""What a model adds, end to end: the truthful and the lying stand-in through a real client library.

    python -m evaluation.model_standin.measure MANIFEST --output OUT [--provider openai] [--work WORK]

Every document is read, extracted and checked; what is in doubt is asked over HTTP with pictures,
through LangChain, as in the service. With `--work` (the folder of `evaluation.training fit`) each
document is decided by the ranker that has not seen its issuer, as on a stranger's post. Writes
OUT/truthful/ai-report.md and OUT/lying/ai-report.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from evaluation.model_standin.answers import lying, truthful, truths_of
from evaluation.model_standin.protocols import model_server

from invoice_ai.evaluate.helped import evaluate_ai
from invoice_ai.settings import Settings


def rankers_of(manifest: Path, work: Path) -> dict[str, Path]:
    """For every document the ranker of the fold in which its issuer was left out."""
    from evaluation.training.cases import sources_of
    from evaluation.training.fit import fold_of

    return {s.id: work / f"fold-{fold_of(s.group)}.npz" for s in sources_of(manifest, real=True)}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("manifest", type=Path)
    ask.add_argument("--output", type=Path, required=True)
    ask.add_argument("--provider", choices=("ollama", "openai", "gemini"), default="openai")
    ask.add_argument("--work", type=Path, help="folder with fold-N.npz")
    ask.add_argument("--sets", default="")
    ask.add_argument("--limit", type=int)
    ask.add_argument("--jobs", type=int, default=1)
    ask.add_argument("--seed", type=int, default=1, help="which lies")
    wanted = ask.parse_args()
    truths = truths_of(wanted.manifest)
    rankers = rankers_of(wanted.manifest, wanted.work) if wanted.work else {}
    for mode, answering in (
        ("truthful", truthful(truths)),
        ("lying", lying(truths, seed=wanted.seed)),
    ):
        with model_server(answering) as server:
            url = f"{server.url}/{{document}}{'/v1' if wanted.provider == 'openai' else ''}"
            settings = Settings(
                ai_provider=wanted.provider,
                **{f"{wanted.provider}_base_url": url},  # type: ignore[arg-type]
            )
            report = evaluate_ai(
                wanted.manifest,
                wanted.output / mode,
                settings,
                sets=[s for s in wanted.sets.split(",") if s],
                limit=wanted.limit,
                jobs=wanted.jobs,
                ranker_for=rankers.get,
            )
        print(f"{report}: {len(server.asked)} questions", flush=True)


if __name__ == "__main__":
    main()
