"""Migrations of the store, run under an advisory lock before any worker starts."""
