"""What importing costs: the service without a model, and what the first question adds.

    python benchmarks/startup.py

Each figure is the best of three fresh interpreters; CPU time, so that other work does not count.
"""

from __future__ import annotations

import subprocess
import sys

MEASURED = {
    "API and app (invoice_ai.api.main)": "import invoice_ai.api.main",
    "worker (invoice_ai.worker.consumer)": "import invoice_ai.worker.consumer",
    "worker + LangChain with Ollama": "import invoice_ai.worker.consumer, langchain_ollama",
    "worker + LangChain with OpenAI": "import invoice_ai.worker.consumer, langchain_openai",
    "worker + LangChain with Gemini": "import invoice_ai.worker.consumer, langchain_google_genai",
}
_CODE = """
import resource, sys, time
started = time.process_time()
{code}
seconds = time.process_time() - started
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
langchain = sum(name.startswith(("langchain", "langsmith")) for name in sys.modules)
print(seconds, memory, langchain)
"""


def main() -> None:
    print("| imported | CPU seconds | MB | LangChain modules |\n|---|---|---|---|")
    for name, code in MEASURED.items():
        runs = []
        for _ in range(3):
            said = subprocess.run(
                [sys.executable, "-c", _CODE.format(code=code)],
                capture_output=True, check=True, text=True,
            )  # fmt: skip
            seconds, memory, langchain = said.stdout.split()
            runs.append((float(seconds), int(memory), int(langchain)))
        seconds_, memory_, langchain_ = min(runs)
        print(f"| {name} | {seconds_:.2f} | {memory_} | {langchain_} |")


if __name__ == "__main__":
    main()
