"""From a bill and a design to a PDF."""
