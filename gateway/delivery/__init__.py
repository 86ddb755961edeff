"""Transports out: they take Released alone, decided again when it leaves."""
