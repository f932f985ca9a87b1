"""Fits the ranker and its calibration from documents with truth: python -m evaluation.training."""
