"""Everything kept: sealed records in parts, their search terms, grants, audit chains, raw messages, outbox.

SQL lives here and nowhere else. PostgreSQL is the only database.
"""
