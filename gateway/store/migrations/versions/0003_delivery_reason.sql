-- Why a delivery failed last, in the gateway's own words, and the order that each recipient's deliveries keep.

ALTER TABLE outbox ADD COLUMN reason text NOT NULL DEFAULT '';     -- never anything about a person

CREATE INDEX outbox_order ON outbox (subject, target, route, number) WHERE state = 'due';
