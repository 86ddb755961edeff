-- What people establish beside consent: court orders, emergencies, threats, restrictions.

CREATE TABLE circumstance (
    id            uuid PRIMARY KEY,
    holder        text NOT NULL,          -- whose records it is about, and under whose key it lies
    patient       uuid NOT NULL,
    lodged_by     text NOT NULL,          -- agency
    lodged_at     timestamptz NOT NULL,
    sealed        bytea NOT NULL,         -- the Basic
    wrapped       bytea NOT NULL,         -- its key, under the holder's
    confirmed_by  text,                   -- person at the holder: without one, no decision reads it
    confirmed_at  timestamptz,
    ended_by      text,
    ended_at      timestamptz
);
CREATE INDEX circumstance_standing ON circumstance (patient) WHERE confirmed_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX circumstance_of ON circumstance (holder, lodged_at) WHERE ended_at IS NULL;

GRANT SELECT ON circumstance TO crosswalk_receive, crosswalk_disclose;
GRANT INSERT, UPDATE ON circumstance TO crosswalk_receive;
