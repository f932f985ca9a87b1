"""Synthetic invoices with their truth: python -m evaluation.generator OUT --count N --seed S

Everybody and everything on them is invented. The same seed gives the same bytes.
"""
