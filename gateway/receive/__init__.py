"""The one way in: everything that arrives is kept by ``receive.py``, with its labels and its audit row."""
