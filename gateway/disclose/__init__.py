"""The one way out: everything that leaves is decided, redacted and audited by ``disclose.py``."""
