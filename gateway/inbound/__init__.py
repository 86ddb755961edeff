"""Transports in: they hand bytes to receive and carry its replies back."""
