"""The demo: a day of messages through a real gateway, told as expectations that held or did not."""
