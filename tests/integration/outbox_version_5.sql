-- An outbox file of schema version 5: one delivered, one that waits for a repeat, one waiting, one dead, one waiting.
BEGIN TRANSACTION;
CREATE TABLE clock_shift (
    up_to_sequence INTEGER PRIMARY KEY,  -- it counts for the deliveries up to this one
    shift_s        REAL NOT NULL,        -- seconds by which the clock moved without time passing
    step_s         REAL NOT NULL         -- the part of it that was a step while a process ran
);
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
    reason               TEXT    NOT NULL DEFAULT '', retried_at_s REAL NOT NULL DEFAULT 0, boxes TEXT NOT NULL DEFAULT '', box_color TEXT NOT NULL DEFAULT '',
    UNIQUE (target, event_id)
);
INSERT INTO "delivery" VALUES(1,'https://vms.example:3443','event-1','node','deployment','name 1','Zürich – 東京','["1"]',NULL,'event_and_record',5,1795694400.0,1795694401.0,'delivered',0,0.0,0,1795694401.0,'',0.0,'','');
INSERT INTO "delivery" VALUES(2,'https://vms.example:3443','event-2','node','deployment','name 2','Zürich – 東京','["1"]',NULL,'event_and_record',5,1795694400.0,1795694401.0,'waiting',1,0.0,0,NULL,'later',0.0,'','');
INSERT INTO "delivery" VALUES(3,'https://vms.example:3443','event-3','node','deployment','name 3','Zürich – 東京','["1", "2"]',NULL,'event_and_record',5,1795694400.0,1795694401.0,'waiting',0,0.0,1,NULL,'',0.0,'','');
INSERT INTO "delivery" VALUES(4,'https://vms.example:3443','event-4','node','deployment','name 4','Zürich – 東京','[]',NULL,'event_and_record',5,1795694400.0,1795694401.0,'dead',1,0.0,0,1795694401.0,'refused with status 400: no camera',0.0,'','');
INSERT INTO "delivery" VALUES(5,'https://vms.example:3443','event-5','node','deployment','name 5','Zürich – 東京','["2"]',NULL,'event_and_record',5,1795694400.0,1795694401.0,'waiting',0,0.0,1,NULL,'',0.0,'','');
CREATE TABLE lane (
    target    TEXT    NOT NULL,
    camera_id TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (target, camera_id, sequence)
) WITHOUT ROWID;
INSERT INTO "lane" VALUES('https://vms.example:3443','1',2);
INSERT INTO "lane" VALUES('https://vms.example:3443','1',3);
INSERT INTO "lane" VALUES('https://vms.example:3443','2',3);
INSERT INTO "lane" VALUES('https://vms.example:3443','2',5);
CREATE INDEX ready ON delivery (target, sequence, due_at_s) WHERE state = 'waiting' AND lanes_ahead = 0;
CREATE INDEX settled ON delivery (state, settled_at_s) WHERE state IN ('delivered', 'dead');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('delivery',5);
COMMIT;
PRAGMA user_version = 5;
PRAGMA application_id = 1397716340;
