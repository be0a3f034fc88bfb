-- The outbox file. Each migration runs once, in order, in one transaction; `PRAGMA user_version` holds the last one.

-- migration 1: deliveries, and the lanes that keep them in order
CREATE TABLE delivery (
    sequence             INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which events were kept
    target               TEXT    NOT NULL,
    event_id             TEXT    NOT NULL,
    node_id              TEXT    NOT NULL,
    deployment_id        TEXT    NOT NULL,
    name                 TEXT    NOT NULL,
    description          TEXT    NOT NULL,
    camera_ids           TEXT    NOT NULL,                   -- JSON list, as the event named them
    remaining_camera_ids TEXT,                               -- JSON list, once an answer has left only some to do
    action               TEXT    NOT NULL,
    record_duration_s    INTEGER NOT NULL,
    captured_at_s        REAL    NOT NULL,                   -- Unix seconds, as are all that end in _at_s
    kept_at_s            REAL    NOT NULL,
    state                TEXT    NOT NULL DEFAULT 'waiting'
                         CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
    attempts             INTEGER NOT NULL DEFAULT 0,
    due_at_s             REAL    NOT NULL DEFAULT 0,         -- not before this instant; 0: at once
    lanes_ahead          INTEGER NOT NULL,                   -- in how many of its lanes another delivery stands before it
    settled_at_s         REAL,
    reason               TEXT    NOT NULL DEFAULT '',
    UNIQUE (target, event_id)
);

-- One row for each camera whose order a delivery still holds up. Events without camera share the lane ''.
CREATE TABLE lane (
    target    TEXT    NOT NULL,
    camera_id TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (target, camera_id, sequence)
) WITHOUT ROWID;

-- What a courier may send: at most one delivery for each lane, so this index is small however long the backlog is.
CREATE INDEX ready ON delivery (target, sequence, due_at_s) WHERE state = 'waiting' AND lanes_ahead = 0;
CREATE INDEX settled ON delivery (state, settled_at_s) WHERE state IN ('delivered', 'dead');
CREATE INDEX sending ON delivery (sequence) WHERE state = 'sending';

-- migration 2: a person can put a dead letter back, and then its time to expire begins anew
ALTER TABLE delivery ADD COLUMN retried_at_s REAL NOT NULL DEFAULT 0;

-- migration 3: what is being sent is known to the process that sends it, and to nobody else. So a claim writes nothing:
-- it goes on when the disk is full, and costs half as much.
UPDATE delivery SET state = 'waiting', due_at_s = 0 WHERE state = 'sending';
DROP INDEX sending;

-- migration 4: what the wall clock was set by, so that neither a later start nor the next event makes a backlog older.
-- `application_id` ("SOut") marks a file as an outbox.
PRAGMA application_id = 1397716340;
CREATE TABLE clock_shift (
    up_to_sequence INTEGER PRIMARY KEY,  -- it counts for the deliveries up to this one
    shift_s        REAL NOT NULL,        -- seconds by which the clock moved without time passing
    step_s         REAL NOT NULL         -- the part of it that was a step while a process ran
);

-- migration 5: bounding boxes of an event, as a JSON list of [left, top, width, height] in 0..1, and their colour as R,G,B.
-- Both are empty for an event without boxes.
ALTER TABLE delivery ADD COLUMN boxes TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN box_color TEXT NOT NULL DEFAULT '';

-- migration 6: what each input knows of the things that its source has named, so that a repeat after a restart is no
-- news. It is written in the transaction that keeps the events which come of it.
CREATE TABLE input_row (
    input    TEXT NOT NULL,  -- the input's pipeline
    identity TEXT NOT NULL,  -- the thing, as a JSON text
    content  TEXT NOT NULL,  -- JSON
    PRIMARY KEY (input, identity)
) WITHOUT ROWID;

-- migration 7: a delivery may be `relayed`: the cluster has it, and says later how it ended. Only the check of the
-- column changes, and no row, so the text of the table is replaced (as SQLite's documentation of ALTER TABLE describes):
-- to copy a long backlog would take minutes, and twice the space.
DROP INDEX settled;
PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = replace(sql, '''sending'', ''delivered'', ''dead''', '''sending'', ''relayed'', ''delivered'', ''dead''')
WHERE type = 'table' AND name = 'delivery';
PRAGMA writable_schema = RESET;
CREATE INDEX settled ON delivery (state, settled_at_s) WHERE state IN ('delivered', 'dead', 'relayed');

-- migration 8: what the cluster has and has not said the end of yet, so that the oldest of a target is found at once
CREATE INDEX relayed ON delivery (target, sequence) WHERE state = 'relayed';

-- migration 9: the pipeline of the node, since nodes of several pipelines may have one id. Empty: it is not known.
ALTER TABLE delivery ADD COLUMN pipeline TEXT NOT NULL DEFAULT '';
