"""The words of the trade: frozen values and pure rules. No I/O, no framework."""
