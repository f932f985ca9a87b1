"""AI as the last resort: a model is asked about what is still in doubt, and believed only as far as
the page, the finders and the checks bear it out.

doubts      which fields, which pages           pictures, question   what the model is shown
asking      one function, three services        limits, faults       time, bytes, retries, breaker
answer      the form of an answer               printed, grounding   where the page shows a value
weighing    agreement becomes confidence        consulting           all of it for one document

LangChain and the providers' libraries are imported when the first question is asked, never before.
"""

from invoice_ai.ai.asking import Told
from invoice_ai.ai.consulting import (
    Answers,
    Consultation,
    Consulted,
    Draw,
    as_json,
    consult,
)
from invoice_ai.ai.doubts import doubtful_fields
from invoice_ai.ai.model import POLICIES, Model, Policy, may_go, strictest
from invoice_ai.ai.question import PROMPT, Question, prompt_versions
from invoice_ai.ai.reach import Reach, look, look_now_and_then
from invoice_ai.ai.weighing import contradict

__all__ = [
    "POLICIES",
    "PROMPT",
    "Answers",
    "Consultation",
    "Consulted",
    "Draw",
    "Model",
    "Policy",
    "Question",
    "Reach",
    "Told",
    "as_json",
    "consult",
    "contradict",
    "doubtful_fields",
    "look",
    "look_now_and_then",
    "may_go",
    "prompt_versions",
    "strictest",
]
