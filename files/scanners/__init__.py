"""Scanners for malware: a port, and an adapter in each file beside it."""
