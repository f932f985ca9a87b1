"""python -m evaluation.generator OUT --count 300 --seed 1 --languages de,fr --kinds digital,scan

Then: invoice-ai evaluate OUT/manifest.jsonl --output RESULTS
"""

from __future__ import annotations

import argparse
from pathlib import Path

from evaluation.generator.documents import KINDS, write_documents
from evaluation.generator.languages import LANGUAGES


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m evaluation.generator", description=__doc__)
    ask.add_argument("out", type=Path, help="folder for the documents; made if missing")
    ask.add_argument("--count", type=int, default=100)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--languages", default=",".join(LANGUAGES), help=", ".join(LANGUAGES))
    ask.add_argument("--kinds", default=",".join(KINDS), help=", ".join(KINDS))
    wanted = ask.parse_args()
    languages, kinds = wanted.languages.split(","), wanted.kinds.split(",")
    if unknown := (set(languages) - set(LANGUAGES)) | (set(kinds) - set(KINDS)):
        ask.error(f"unknown: {', '.join(sorted(unknown))}")
    manifest = write_documents(
        wanted.out, count=wanted.count, seed=wanted.seed, languages=languages, kinds=kinds
    )
    print(f"{wanted.count} documents: {manifest}")


if __name__ == "__main__":
    main()
