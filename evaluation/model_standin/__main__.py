"""A model that always tells the truth, or always lies, for measuring what a model is worth.

    python -m evaluation.model_standin MANIFEST --mode truthful --port 8765
    AI_PROVIDER=openai OPENAI_BASE_URL=http://127.0.0.1:8765/{document}/v1 \\
        invoice-ai evaluate MANIFEST -o OUT --ai
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from evaluation.model_standin.answers import lying, truthful, truths_of
from evaluation.model_standin.protocols import model_server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.model_standin")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--mode", choices=("truthful", "lying"), default="truthful")
    parser.add_argument("--seed", type=int, default=1, help="which lies")
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    truths = truths_of(args.manifest)
    answering = truthful(truths) if args.mode == "truthful" else lying(truths, seed=args.seed)
    with model_server(answering, port=args.port) as server:
        print(f"A {args.mode} model of {len(truths)} documents, on {server.url}:")
        print(f"  AI_PROVIDER=openai OPENAI_BASE_URL={server.url}/{{document}}/v1")
        print(f"  AI_PROVIDER=ollama OLLAMA_BASE_URL={server.url}/{{document}}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
