"""A stand-in of QuickBooks Online: one process on loopback, for tests, for the demo, for trying.

It speaks the real protocol (OAuth 2.0 and the Accounting API v3) as far as public facts tell, with
five invented companies, and can be told to misbehave as the real service does (`faults.py`).
It is a room of its own: only the command line, the demo and the tests may start it, and it
imports nothing of the product, so that an error of ours cannot agree with itself.
"""
