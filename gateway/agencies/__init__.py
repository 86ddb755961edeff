"""Agencies as files: who takes part, what the law says they are, how they connect, and what may flow where."""
