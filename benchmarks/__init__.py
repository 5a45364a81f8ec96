"""Measurements against targets: each prints one summary line last and exits 0 if it holds."""
