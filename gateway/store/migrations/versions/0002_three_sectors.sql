-- Referrals within an agency, deliveries by a named route, and consents that their holder has confirmed.

ALTER TABLE handoff ADD COLUMN unit text NOT NULL DEFAULT '';      -- the receiver's unit that works it
ALTER TABLE handoff ADD COLUMN message uuid;                       -- the sender's message that made it

ALTER TABLE outbox ADD COLUMN route text NOT NULL DEFAULT '';      -- name of the target's delivery, empty for news

CREATE TABLE consent_confirmed (      -- a consent lodged by another, relied on since a named person confirmed it
    holder     text NOT NULL,
    custodian  text NOT NULL,
    consent    uuid NOT NULL,
    counters   text NOT NULL,         -- the version that was confirmed: a change waits anew
    person     text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (holder, custodian, consent)
);

GRANT SELECT ON consent_confirmed TO crosswalk_receive, crosswalk_disclose;
GRANT INSERT, UPDATE, DELETE ON consent_confirmed TO crosswalk_receive;
