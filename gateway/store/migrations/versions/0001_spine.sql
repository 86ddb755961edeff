-- The spine of the store. What stands here in clear is the committed list of docs/store.md:
-- ids, types, custodians, segments, workflow dates, codes without a person. Everything else is sealed.

CREATE TABLE gateway_key (            -- keys of the gateway itself, wrapped by the key-encryption key
    name     text PRIMARY KEY,
    wrapped  bytea NOT NULL
);

CREATE TABLE custodian_key (          -- one key per agency, wrapped by the key-encryption key
    custodian  text PRIMARY KEY,
    wrapped    bytea NOT NULL
);

CREATE TABLE policy (                 -- part of every decision's cache key; bumped when an agency or a law changes
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   bigint NOT NULL,
    laws      text NOT NULL
);
INSERT INTO policy (version, laws) VALUES (1, '');

CREATE TABLE agency (                 -- agency files as applied; the operator's own file has the id '*operator'
    id          text PRIMARY KEY,
    digest      text NOT NULL,
    body        jsonb NOT NULL,
    applied_at  timestamptz NOT NULL
);

CREATE TABLE segment (                -- what a decision needs to know of a part, interned
    id              serial PRIMARY KEY,
    custodian       text NOT NULL,
    origin          text NOT NULL,
    labels          text[] NOT NULL,
    info_class      text NOT NULL,
    received_under  text NOT NULL DEFAULT '',
    requester       text NOT NULL DEFAULT '',
    performer       text NOT NULL DEFAULT '',
    UNIQUE (custodian, origin, labels, info_class, received_under, requester, performer)
);

CREATE TABLE data_key (               -- deleting the row is deleting the content; backed up apart
    custodian  text NOT NULL,
    id         uuid NOT NULL,
    wrapped    bytea NOT NULL,
    PRIMARY KEY (custodian, id)
);

CREATE SEQUENCE change_number;        -- groups what one write changed; never reaches the wire

CREATE TABLE part (                   -- every version of every part of every record
    custodian  text NOT NULL,
    type       text NOT NULL,
    id         uuid NOT NULL,
    part       text NOT NULL,
    counter    integer NOT NULL,
    shown      integer NOT NULL,      -- counts what a reader of the part can tell apart
    change     bigint NOT NULL,
    patient    uuid,
    segment    integer NOT NULL REFERENCES segment,
    recorded   timestamptz NOT NULL,
    current    boolean NOT NULL DEFAULT true,
    removed    boolean NOT NULL DEFAULT false,
    key        uuid NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (custodian, type, id, part, counter)
);
CREATE INDEX part_of ON part (id, type);
CREATE INDEX part_current ON part (type, segment, recorded, id) WHERE current AND part = '' AND NOT removed;
CREATE INDEX part_recent ON part (type, recorded DESC, id DESC) WHERE current AND part = '' AND NOT removed;
CREATE INDEX part_facts ON part (patient) WHERE current AND NOT removed AND type IN ('Patient', 'Consent');
CREATE INDEX part_patient ON part (patient, type) WHERE current AND part = '' AND NOT removed;

CREATE TABLE term (                   -- search terms; those about a person are keyed
    custodian  text NOT NULL,
    type       text NOT NULL,
    id         uuid NOT NULL,
    part       text NOT NULL,
    parameter  text NOT NULL,
    term       bytea NOT NULL,
    segment    integer NOT NULL,
    patient    uuid
);
CREATE INDEX term_found ON term (type, parameter, term, id);
CREATE INDEX term_of ON term (custodian, type, id, part);

CREATE TABLE moment (                 -- search dates of the work itself, never of a person's life
    custodian  text NOT NULL,
    type       text NOT NULL,
    id         uuid NOT NULL,
    part       text NOT NULL,
    parameter  text NOT NULL,
    low        timestamptz NOT NULL,
    high       timestamptz NOT NULL,
    segment    integer NOT NULL,
    patient    uuid
);
CREATE INDEX moment_found ON moment (type, parameter, low, id);
CREATE INDEX moment_of ON moment (custodian, type, id, part);

CREATE TABLE stamp (                  -- event time of the last word on each element of a translated record
    custodian  text NOT NULL,
    type       text NOT NULL,
    id         uuid NOT NULL,
    stamps     jsonb NOT NULL,
    PRIMARY KEY (custodian, type, id)
);

CREATE TABLE patient_segment (        -- which segments a patient's records fall into
    patient    uuid NOT NULL,
    segment    integer NOT NULL REFERENCES segment,
    PRIMARY KEY (patient, segment)
);

CREATE TABLE patient_epoch (          -- counts consents, relationships, merges: any fact a decision about them reads
    patient  uuid PRIMARY KEY,
    epoch    bigint NOT NULL
);

CREATE TABLE relationship (           -- made by the holder's own handoff or encounter, never by the asker
    holder    text NOT NULL,
    org       text NOT NULL,
    patient   uuid NOT NULL,
    kind      text NOT NULL,
    source    uuid NOT NULL,
    recorded  timestamptz NOT NULL,
    PRIMARY KEY (holder, org, patient, kind)
);
CREATE INDEX relationship_of ON relationship (org, patient);
CREATE INDEX relationship_about ON relationship (patient);

CREATE TABLE party (                  -- a recipient as decisions see it, interned
    id       serial PRIMARY KEY,
    agency   text NOT NULL,
    role     text NOT NULL,
    purpose  text NOT NULL,
    UNIQUE (agency, role, purpose)
);

CREATE TABLE granted (                -- decisions taken, for row-level security and search; void when their epoch passes
    party        integer NOT NULL REFERENCES party,
    patient      uuid NOT NULL,       -- all zero: does not depend on the patient
    segment      integer NOT NULL REFERENCES segment,
    epoch        bigint NOT NULL,
    policy       bigint NOT NULL,
    permitted    boolean NOT NULL,
    valid_until  timestamptz NOT NULL,
    PRIMARY KEY (party, patient, segment)
);

CREATE TABLE handoff (                -- the two Tasks of a referral
    custodian      text NOT NULL,
    request        uuid NOT NULL,
    sender_task    uuid NOT NULL,
    receiver       text NOT NULL,
    receiver_task  uuid NOT NULL,
    patient        uuid NOT NULL,
    visit          uuid,
    recorded       timestamptz NOT NULL,
    PRIMARY KEY (custodian, request)
);
CREATE INDEX handoff_sender_task ON handoff (sender_task);
CREATE INDEX handoff_receiver_task ON handoff (receiver_task);
CREATE INDEX handoff_patient ON handoff (patient);

CREATE TABLE merged (                 -- a retired patient and the survivor, both of one custodian
    custodian  text NOT NULL,
    retired    uuid NOT NULL,
    survivor   uuid NOT NULL,
    event_time text NOT NULL,
    PRIMARY KEY (custodian, retired)
);

CREATE INDEX merged_retired ON merged (retired);

CREATE TABLE raw_message (            -- what came in, as it came in
    custodian    text NOT NULL,
    id           uuid NOT NULL,
    channel      text NOT NULL,
    kind         text NOT NULL,
    status       text NOT NULL,
    control      bytea NOT NULL,      -- keyed: sending application, facility and control id
    body         bytea NOT NULL,      -- keyed hash of the bytes
    patient      uuid,
    received_at  timestamptz NOT NULL,
    key          uuid NOT NULL,
    sealed       bytea NOT NULL,      -- the bytes
    told         bytea NOT NULL,      -- sealed: acknowledgement, report, refusal
    PRIMARY KEY (custodian, id)
);
CREATE UNIQUE INDEX raw_message_control ON raw_message (custodian, channel, control) WHERE status <> 'refused';
CREATE INDEX raw_message_refused ON raw_message (custodian, channel, body) WHERE status = 'refused';
CREATE INDEX raw_message_when ON raw_message (custodian, received_at);

CREATE TABLE audit (                  -- one chain per writer; digests of sealed content
    chain      uuid NOT NULL,
    number     bigint NOT NULL,
    at         timestamptz NOT NULL,
    kind       text NOT NULL,
    custodian  text NOT NULL,
    recipient  text NOT NULL,
    patient    uuid,
    outcome    text NOT NULL,
    previous   bytea NOT NULL,
    digest     bytea NOT NULL,
    key        uuid NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (chain, number)
);
CREATE INDEX audit_about ON audit (custodian, patient, at);

CREATE TABLE anchor (                 -- signed heads of all chains, exported elsewhere each minute
    at         timestamptz PRIMARY KEY,
    heads      jsonb NOT NULL,
    signature  bytea NOT NULL
);

CREATE TABLE outbox (                 -- what is owed to somebody; ids, never data
    id             uuid PRIMARY KEY,
    kind           text NOT NULL,
    subject        uuid NOT NULL,
    source         text NOT NULL,
    source_type    text NOT NULL,
    source_id      uuid NOT NULL,
    target         text NOT NULL,
    target_id      uuid NOT NULL,
    number         bigint GENERATED ALWAYS AS IDENTITY,
    due            timestamptz NOT NULL,
    attempts       integer NOT NULL DEFAULT 0,
    state          text NOT NULL DEFAULT 'due',
    claimed_until  timestamptz
);
CREATE INDEX outbox_due ON outbox (due, number) WHERE state = 'due';

CREATE TABLE used_assertion (         -- client assertions already used; the insert is the check
    issuer  text NOT NULL,
    jti     bytea NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (issuer, jti)
);
CREATE INDEX used_assertion_until ON used_assertion (until);

-- Who may do what --------------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA public TO crosswalk_receive, crosswalk_disclose;
GRANT SELECT ON gateway_key, custodian_key, policy, agency, segment, party, relationship, patient_epoch, handoff,
    merged, patient_segment TO crosswalk_receive, crosswalk_disclose;
GRANT SELECT, INSERT ON data_key, segment, part, stamp, term, moment, patient_segment, patient_epoch, relationship, handoff,
    merged, raw_message, audit, outbox, used_assertion, anchor TO crosswalk_receive;
GRANT UPDATE ON term, moment, handoff, part, stamp, patient_epoch, merged, outbox, raw_message TO crosswalk_receive;
GRANT DELETE ON term, moment, used_assertion, outbox TO crosswalk_receive;
GRANT SELECT ON audit, anchor TO crosswalk_receive;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO crosswalk_receive, crosswalk_disclose;
GRANT SELECT ON part, term, moment, data_key TO crosswalk_disclose;
GRANT SELECT, INSERT, UPDATE ON granted TO crosswalk_disclose;
GRANT INSERT ON audit, data_key, party TO crosswalk_disclose;

-- Row-level security: a forgotten filter shows nothing ---------------------------------------------------------------

-- Segments granted whatever the patient: asked once a statement, not once a row.
CREATE FUNCTION seen_of_anybody() RETURNS SETOF integer
LANGUAGE sql STABLE AS $$
    SELECT g.segment FROM granted g
    WHERE g.party = nullif(current_setting('crosswalk.party', true), '')::integer
      AND g.patient = '00000000-0000-0000-0000-000000000000'
      AND g.permitted
      AND g.valid_until > coalesce(nullif(current_setting('crosswalk.now', true), '')::timestamptz, now())
      AND g.policy = (SELECT version FROM policy)
$$;

CREATE FUNCTION may_see(of_patient uuid, of_segment integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM granted g
        WHERE g.party = nullif(current_setting('crosswalk.party', true), '')::integer
          AND g.patient = of_patient
          AND g.segment = of_segment
          AND g.permitted
          AND g.valid_until > coalesce(nullif(current_setting('crosswalk.now', true), '')::timestamptz, now())
          AND g.policy = (SELECT version FROM policy)
          AND g.epoch = coalesce((SELECT e.epoch FROM patient_epoch e WHERE e.patient = g.patient), 0))
$$;

CREATE FUNCTION may_keep(of_custodian text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT of_custodian = ANY (string_to_array(current_setting('crosswalk.custodians', true), ','))
$$;

ALTER TABLE part ENABLE ROW LEVEL SECURITY;
ALTER TABLE term ENABLE ROW LEVEL SECURITY;
ALTER TABLE moment ENABLE ROW LEVEL SECURITY;
ALTER TABLE raw_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY disclosed ON part FOR SELECT TO crosswalk_disclose
    USING (segment IN (SELECT seen_of_anybody()) OR may_see(patient, segment));
CREATE POLICY disclosed ON term FOR SELECT TO crosswalk_disclose
    USING (segment IN (SELECT seen_of_anybody()) OR may_see(patient, segment));
CREATE POLICY disclosed ON moment FOR SELECT TO crosswalk_disclose
    USING (segment IN (SELECT seen_of_anybody()) OR may_see(patient, segment));
CREATE POLICY kept ON part TO crosswalk_receive USING (may_keep(custodian)) WITH CHECK (may_keep(custodian));
CREATE POLICY kept ON term TO crosswalk_receive USING (may_keep(custodian)) WITH CHECK (may_keep(custodian));
CREATE POLICY kept ON moment TO crosswalk_receive USING (may_keep(custodian)) WITH CHECK (may_keep(custodian));
CREATE POLICY kept ON raw_message TO crosswalk_receive USING (may_keep(custodian)) WITH CHECK (may_keep(custodian));

-- Facts that a decision reads before anything may be seen: no content, run as the owner -------------------------------

-- The advisory lock that disclosures share and revocations take alone, per patient (gateway.store.relations.lock_number).
CREATE FUNCTION disclosing_lock(of_patient uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT ((('x' || left(replace(of_patient::text, '-', ''), 16))::bit(64)::bigint >> 1) & 9223372036854775807)
           # 2305843009213693952
$$;

-- Holds off revocations about these patients, then reads the epoch of each: in this order, each its own statement.
CREATE FUNCTION hold_patients(patients uuid[]) RETURNS TABLE (patient uuid, epoch bigint)
LANGUAGE plpgsql VOLATILE SET search_path = public AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(n)
    FROM (SELECT DISTINCT disclosing_lock(p) AS n FROM unnest(patients) p ORDER BY n) AS locks;
    RETURN QUERY SELECT p, coalesce(e.epoch, 0) FROM (SELECT DISTINCT u AS p FROM unnest(patients) u) AS w
                 LEFT JOIN patient_epoch e ON e.patient = w.p;
END
$$;

CREATE FUNCTION open_records(types text[], ids uuid[])
RETURNS TABLE (type text, id uuid, custodian text, patient uuid, root integer, segments integer[], epoch bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    about uuid[];
BEGIN
    SELECT array_agg(DISTINCT p.patient) INTO about
    FROM unnest(types, ids) AS w (type, id) JOIN part p ON p.type = w.type AND p.id = w.id AND p.patient IS NOT NULL;
    PERFORM pg_advisory_xact_lock_shared(n)
    FROM (SELECT DISTINCT disclosing_lock(a) AS n FROM unnest(about) a ORDER BY n) AS locks;
    RETURN QUERY
    SELECT f.type, f.id, f.custodian, f.patient, f.root, f.segments, coalesce(e.epoch, 0)
    FROM (SELECT p.type, p.id, p.custodian, (array_agg(p.patient ORDER BY p.change DESC))[1] AS patient,
                 (array_agg(p.segment) FILTER (WHERE p.part = '' AND p.current))[1] AS root,
                 array_agg(DISTINCT p.segment) AS segments
          FROM unnest(types, ids) AS w (type, id) JOIN part p ON p.type = w.type AND p.id = w.id
          GROUP BY p.type, p.id, p.custodian) AS f
    LEFT JOIN patient_epoch e ON e.patient = f.patient;
END
$$;

CREATE FUNCTION sealed_facts_of_patient(of_patient uuid)
RETURNS TABLE (custodian text, type text, id uuid, part text, counter integer, key uuid, sealed bytea, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT p.custodian, p.type, p.id, p.part, p.counter, p.key, p.sealed, k.wrapped
    FROM part p JOIN data_key k ON k.custodian = p.custodian AND k.id = p.key
    WHERE p.patient = of_patient AND p.type IN ('Patient', 'Consent') AND p.current AND NOT p.removed
$$;
REVOKE ALL ON FUNCTION open_records, sealed_facts_of_patient FROM public;
GRANT EXECUTE ON FUNCTION open_records, sealed_facts_of_patient TO crosswalk_disclose, crosswalk_receive;
