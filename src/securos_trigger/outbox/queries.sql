-- Every statement on the tables of an open outbox, by name. `sql_files.py` loads them, and puts what several statements
-- share (`clauses.sql`) in the place of its name, `{chosen}`. Other SQL of the package: the migrations (`schema.sql`),
-- PRAGMAs and transactions (`database.py`), and the look at a foreign file (`identity.py`).

-- name: put
-- Keep one event for one target. The same event for the same target a second time changes nothing.
INSERT INTO delivery (target, event_id, node_id, deployment_id, name, description, camera_ids, action,
                      record_duration_s, captured_at_s, kept_at_s, boxes, box_color, pipeline, lanes_ahead)
VALUES (:target, :event_id, :node_id, :deployment_id, :name, :description, :camera_ids, :action,
        :record_duration_s, :captured_at_s, :kept_at_s, :boxes, :box_color, :pipeline,
        (SELECT count(*) FROM json_each(:lanes) AS wanted
         WHERE EXISTS (SELECT 1 FROM lane WHERE target = :target AND camera_id = wanted.value)))
ON CONFLICT (target, event_id) DO NOTHING;

-- name: has
-- One row when an event is there for a target.
SELECT 1 FROM delivery WHERE target = :target AND event_id = :event_id;

-- name: enter_lanes
-- The delivery just put stands last in the lane of each of its cameras.
INSERT INTO lane (target, camera_id, sequence) SELECT :target, value, :sequence FROM json_each(:lanes);

-- name: leave_lanes
-- Deliveries stop holding up the given lanes: a JSON list of [target, camera, sequence]. Gives those really left.
-- Without the casts SQLite would not use the whole key, and walk through the backlog of each camera.
DELETE FROM lane
WHERE (target, camera_id, sequence) IN (SELECT CAST(json_extract(value, '$[0]') AS TEXT),
                                               CAST(json_extract(value, '$[1]') AS TEXT),
                                               CAST(json_extract(value, '$[2]') AS INTEGER) FROM json_each(:places))
RETURNING target, camera_id, sequence;

-- name: leave_all_lanes
-- The same for all lanes of one delivery whose cameras cannot be read. Reads every lane; it is for damaged rows only.
DELETE FROM lane WHERE sequence = :sequence RETURNING target, camera_id, sequence;

-- name: advance_lanes
-- After deliveries have left the heads of lanes (a JSON list as above), the next one in each has one lane fewer
-- ahead of it. Leaving from the middle of a lane moves no other one up.
WITH freed (target, camera_id, sequence) AS (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), min(json_extract(value, '$[2]'))
    FROM json_each(:places) GROUP BY 1, 2
), moved (head, lanes) AS (
    SELECT (SELECT min(lane.sequence) FROM lane WHERE lane.target = freed.target AND lane.camera_id = freed.camera_id)
           AS head, count(*)
    FROM freed WHERE head > freed.sequence GROUP BY head
)
UPDATE delivery SET lanes_ahead = lanes_ahead - moved.lanes FROM moved WHERE delivery.sequence = moved.head;

-- name: count_ahead
-- The same for a delivery that has just left some of its lanes (`lanes`, a JSON list, all that it may stand in) and goes on
-- waiting: one that was moved here while it was being sent may stand before it, in a lane that it has left.
UPDATE delivery SET lanes_ahead = (
    SELECT count(*) FROM json_each(:lanes) AS held
    WHERE EXISTS (SELECT 1 FROM lane WHERE target = :target AND camera_id = held.value AND sequence = :sequence)
      AND EXISTS (SELECT 1 FROM lane WHERE target = :target AND camera_id = held.value AND sequence < :sequence))
WHERE sequence = :sequence AND lanes_ahead > 0;

-- name: being_sent
-- The deliveries that couriers have, in memory. It ends with the connection: after a crash no courier has them.
CREATE TEMP TABLE sending (sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL);

-- name: dropped_here
-- The events that a person dropped although the cluster has them, in memory: their outcome comes anyway.
CREATE TEMP TABLE dropped (event_id TEXT PRIMARY KEY) WITHOUT ROWID;

-- name: note_dropped
-- A person drops an event that the cluster has.
INSERT OR IGNORE INTO dropped (event_id) VALUES (:event_id);

-- name: claim
-- What is due and no courier has, oldest first. A quarter of the places is for the newest that stand ready: after an outage
-- a fresh event of a camera without a backlog must not wait for the backlogs of all others.
SELECT * FROM delivery WHERE sequence IN (
    SELECT sequence FROM (
        SELECT sequence FROM delivery INDEXED BY ready
        WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 AND due_at_s <= :now_s
          AND sequence NOT IN (SELECT sequence FROM sending)
        ORDER BY sequence LIMIT :limit - :limit / 4)
    UNION
    SELECT sequence FROM (
        SELECT sequence FROM delivery INDEXED BY ready
        WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 AND due_at_s <= :now_s
          AND sequence NOT IN (SELECT sequence FROM sending)
        ORDER BY sequence DESC LIMIT :limit / 4)
) ORDER BY sequence;

-- name: claim_least_tried
-- The same, but what was due first comes first: a probe of a failing target must not be the same delivery for ever,
-- because that delivery may be the cause.
SELECT * FROM delivery INDEXED BY ready
WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 AND due_at_s <= :now_s
  AND sequence NOT IN (SELECT sequence FROM sending)
ORDER BY due_at_s, sequence LIMIT :limit;

-- name: hand_out
-- Couriers have these now: a JSON object, sequence to event id.
INSERT INTO sending SELECT CAST(key AS INTEGER), value FROM json_each(:deliveries);

-- name: take_back
-- Couriers have these no longer (as above). Gives those that they had. The event id guards against a file that was
-- replaced meanwhile.
DELETE FROM sending
WHERE (sequence, event_id) IN (SELECT CAST(key AS INTEGER), value FROM json_each(:deliveries)) RETURNING sequence;

-- name: next_due
-- The instant at which the next delivery of a target may be due; NULL when nothing is ready that no courier has.
SELECT min(due_at_s) FROM delivery INDEXED BY ready
WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 AND sequence NOT IN (SELECT sequence FROM sending);

-- name: wake
-- The target answers again: what waits for its next attempt is due at once.
UPDATE delivery SET due_at_s = 0
WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 AND due_at_s > 0;

-- name: wake_all
-- At start: instants are those of the clock of the process that wrote them.
UPDATE delivery SET due_at_s = 0 WHERE state = 'waiting' AND lanes_ahead = 0 AND due_at_s > 0;

-- name: finish
-- Deliveries have ended, delivered or dead: a JSON list of [sequence, event id, state, reason, attempts].
-- The event id guards against a file that was replaced meanwhile. Gives the sequences that really ended.
UPDATE delivery SET state = ended.state, reason = ended.reason, settled_at_s = :now_s,
                    attempts = delivery.attempts + ended.attempts
FROM (SELECT json_extract(value, '$[0]') AS sequence, json_extract(value, '$[1]') AS event_id,
             json_extract(value, '$[2]') AS state, json_extract(value, '$[3]') AS reason,
             json_extract(value, '$[4]') AS attempts FROM json_each(:endings)) AS ended
WHERE delivery.sequence = ended.sequence AND delivery.event_id = ended.event_id AND delivery.state = 'waiting'
RETURNING sequence;

-- name: with_outcome
-- The deliveries that the cluster says the end of: `outcomes` is a JSON list of [target, event id, retried_at_s, state,
-- reason, attempts]. Also one whose publishing was not confirmed, which waits here, but not one that a person has put
-- back since: that is another attempt.
SELECT delivery.*, state AS standing FROM json_each(:outcomes) AS ended
JOIN delivery ON target = json_extract(ended.value, '$[0]') AND event_id = json_extract(ended.value, '$[1]')
WHERE state IN ('relayed', 'waiting') AND abs(retried_at_s - json_extract(ended.value, '$[2]')) < 0.001;

-- name: without_delivery
-- The outcomes (`outcomes`, as above) of events that this outbox has for no target: another gateway has relayed them. One
-- that was moved to another target is here: the cluster has a copy of it for the old one. One that a person dropped was here.
WITH RECURSIVE {served}
SELECT json_extract(value, '$[0]') AS target, json_extract(value, '$[1]') AS event_id FROM json_each(:outcomes)
WHERE NOT EXISTS (SELECT 1 FROM served CROSS JOIN delivery
                  ON delivery.target = served.target AND delivery.event_id = json_extract(value, '$[1]'))
  AND json_extract(value, '$[1]') NOT IN (SELECT event_id FROM dropped);

-- name: take_outcomes
-- Those of these deliveries (`sequences`, a JSON list) have ended in the cluster (`outcomes`, as above).
UPDATE delivery SET state = ended.state, reason = ended.reason, settled_at_s = :now_s, attempts = ended.attempts
FROM (SELECT json_extract(value, '$[0]') AS target, json_extract(value, '$[1]') AS event_id,
             json_extract(value, '$[3]') AS state, json_extract(value, '$[4]') AS reason,
             json_extract(value, '$[5]') AS attempts FROM json_each(:outcomes)) AS ended
WHERE delivery.target = ended.target AND delivery.event_id = ended.event_id
  AND delivery.sequence IN (SELECT value FROM json_each(:sequences))
RETURNING delivery.sequence, delivery.state;

-- name: bury
-- A row that cannot be read becomes a dead letter that can be: without cameras, and with the action `event`.
UPDATE delivery SET state = 'dead', settled_at_s = :now_s, reason = :reason, camera_ids = '[]',
                    remaining_camera_ids = NULL, action = 'event'
WHERE sequence = :sequence;

-- name: send_again
-- A delivery waits for its next attempt, perhaps with fewer cameras left.
UPDATE delivery SET due_at_s = :due_at_s, reason = :reason, attempts = attempts + :attempts,
                    remaining_camera_ids = coalesce(:remaining_camera_ids, remaining_camera_ids)
WHERE sequence = :sequence AND event_id = :event_id AND state = 'waiting';

-- name: counts
-- How many deliveries stand in each state, at start: nothing is being sent. Counts indexes only, not the long rows.
WITH ended (state, number) AS (
    SELECT 'delivered', count(*) FROM delivery INDEXED BY settled
    WHERE state = 'delivered' AND state IN ('delivered', 'dead', 'relayed')
    UNION ALL
    SELECT 'dead', count(*) FROM delivery INDEXED BY settled
    WHERE state = 'dead' AND state IN ('delivered', 'dead', 'relayed')
    UNION ALL
    SELECT 'relayed', count(*) FROM delivery INDEXED BY settled
    WHERE state = 'relayed' AND state IN ('delivered', 'dead', 'relayed')
)
SELECT state, number FROM ended
UNION ALL
SELECT 'waiting', (SELECT count(*) FROM delivery) - (SELECT sum(number) FROM ended);

-- name: targets
-- Targets that have deliveries which wait or are being sent. The oldest of each is first in its lanes, so it is in the
-- index `ready`.
SELECT DISTINCT target FROM delivery INDEXED BY ready WHERE state = 'waiting' AND lanes_ahead = 0;

-- name: oldest_unsettled
-- The oldest unsettled delivery of each target of a JSON list, and since when it is there. The first of all is first in
-- its lanes too, so it stands in the index `ready`, which a backlog does not lengthen.
SELECT target, sequence, max(kept_at_s, retried_at_s) AS since_s FROM json_each(:targets) AS wanted
JOIN delivery ON sequence = (SELECT min(sequence) FROM delivery INDEXED BY ready
                             WHERE target = wanted.value AND state = 'waiting' AND lanes_ahead = 0);

-- name: waiting_of
-- The number of unsettled deliveries of a target, counted no further than to about `limit`. Each stands in a lane, or
-- has left all of them and stands ready.
SELECT count(*) FROM (
    SELECT sequence FROM (SELECT sequence FROM lane WHERE target = :target LIMIT :limit)
    UNION
    SELECT sequence FROM (SELECT sequence FROM delivery INDEXED BY ready
                          WHERE target = :target AND state = 'waiting' AND lanes_ahead = 0 LIMIT :limit)
);

-- name: relayed_of
-- The number of deliveries of a target that the cluster has, counted no further than to `limit`.
SELECT count(*) FROM (
    SELECT 1 FROM delivery INDEXED BY relayed WHERE target = :target AND state = 'relayed' LIMIT :limit
);

-- name: oldest_relayed
-- The oldest delivery that the cluster has, of each target of a JSON list, and since when it is there.
SELECT target, sequence, max(kept_at_s, retried_at_s) AS since_s FROM json_each(:targets) AS wanted
JOIN delivery ON sequence = (SELECT min(sequence) FROM delivery INDEXED BY relayed
                             WHERE target = wanted.value AND state = 'relayed');

-- name: dead_by_target
-- The number of dead letters of each target, among the first `limit` of all.
SELECT target, count(*) FROM (
    SELECT target FROM delivery INDEXED BY settled WHERE state = 'dead' AND state IN ('delivered', 'dead', 'relayed') LIMIT :limit
) GROUP BY target;

-- name: given_up
-- The cameras (or '') of the latest dead letters, up to `limit`, for which nothing was delivered after their last one.
-- What was delivered counts for the cameras that it went to at last, unless its reason says that they did not get it
-- (`has_reached` of model/failed_steps.py). Dead letters that say nothing of a camera do not count: rows that cannot be
-- read, and those of a time when another machine ran the pipeline.
-- Bounded: only dead letters from `oldest` on count, a sequence, so that no more rows than that are read; with the `+`
-- SQLite walks from the dead letter on, not through all events of the target.
WITH letter AS (
    SELECT sequence, target, reason, settled_at_s, coalesce(remaining_camera_ids, camera_ids) AS cameras
    FROM delivery INDEXED BY settled WHERE state = 'dead' AND state IN ('delivered', 'dead', 'relayed')
    ORDER BY settled_at_s DESC LIMIT :limit
), named AS (
    SELECT letter.target, coalesce(named.value, '') AS camera, max(letter.sequence) AS last, reason, settled_at_s
    FROM letter LEFT JOIN json_each(iif(json_valid(letter.cameras), letter.cameras, '[]')) AS named
    WHERE instr(reason, :unreadable) <> 1 AND instr(reason, :superseded) = 0 GROUP BY 1, 2
), served AS (
    SELECT sequence, target, reason, coalesce(remaining_camera_ids, camera_ids) AS cameras
    FROM delivery WHERE state = 'delivered'
)
SELECT target, camera, settled_at_s, reason FROM named
WHERE last >= :oldest AND NOT EXISTS (
    SELECT 1 FROM served WHERE sequence > last AND +served.target = named.target
      AND (served.reason = '' OR has_reached(CAST(served.reason AS BLOB), CAST(named.camera AS BLOB)))
      AND (named.camera = '' AND cameras = '[]' OR EXISTS (
          SELECT 1 FROM json_each(iif(json_valid(cameras), cameras, '[]')) AS one WHERE one.value = named.camera)))
ORDER BY last;

-- name: dead_cameras
-- The targets and cameras (or '') of the dead letters after one, up to another one (see below), but for those that say
-- nothing of a camera.
SELECT DISTINCT target, coalesce(named.value, '')
FROM delivery INDEXED BY settled
     LEFT JOIN json_each(iif(json_valid(coalesce(remaining_camera_ids, camera_ids)),
                             coalesce(remaining_camera_ids, camera_ids), '[]')) AS named
WHERE state = 'dead' AND state IN ('delivered', 'dead', 'relayed')
  AND (settled_at_s, sequence) > (:after_s, :after) AND (settled_at_s, sequence) <= (:until_s, :until)
  AND instr(reason, :unreadable) <> 1 AND instr(reason, :superseded) = 0;

-- name: dead_cameras_end
-- The dead letter up to which `dead_cameras` reads at a time: the last of `limit`, or no row where there are fewer.
SELECT settled_at_s, sequence FROM delivery INDEXED BY settled
WHERE state = 'dead' AND state IN ('delivered', 'dead', 'relayed') AND (settled_at_s, sequence) > (:after_s, :after)
ORDER BY settled_at_s, sequence LIMIT 1 OFFSET :limit - 1;

-- name: newest
-- The highest sequence so far that counts for anything; 0 when there is none.
SELECT max(coalesce((SELECT max(sequence) FROM delivery), 0),
           coalesce((SELECT max(up_to_sequence) FROM clock_shift), 0));

-- name: newest_kept
-- The delivery that was kept, or put back, last, and when.
SELECT sequence, max(kept_at_s, retried_at_s) AS at_s FROM delivery ORDER BY sequence DESC LIMIT 1;

-- name: clock_shifts
-- What the wall clock was set by.
SELECT up_to_sequence, shift_s, step_s FROM clock_shift ORDER BY up_to_sequence;

-- name: add_clock_shift
-- The wall clock moved.
INSERT INTO clock_shift (up_to_sequence, shift_s, step_s) VALUES (:up_to_sequence, :shift_s, :step_s)
ON CONFLICT (up_to_sequence) DO UPDATE SET shift_s = shift_s + excluded.shift_s, step_s = step_s + excluded.step_s;

-- name: forget_clock_shifts
-- No delivery waits that these count for. The oldest of all that wait is in the index `ready`.
DELETE FROM clock_shift
WHERE up_to_sequence < coalesce((SELECT min(sequence) FROM delivery INDEXED BY ready
                                 WHERE state = 'waiting' AND lanes_ahead = 0), up_to_sequence + 1);

-- name: select_settled
-- Rows of a settled state, oldest first.
SELECT *, state AS standing FROM delivery INDEXED BY settled
WHERE state = :state AND state IN ('delivered', 'dead', 'relayed') AND sequence <= :last
  AND {chosen}
ORDER BY sequence LIMIT :limit;

-- name: select_relayed
-- The same for what the cluster has of one target, however much that is.
SELECT *, state AS standing FROM delivery INDEXED BY relayed
WHERE target = :target AND state = 'relayed' AND state = :state AND sequence <= :last
  AND {chosen}
ORDER BY sequence LIMIT :limit;

-- name: every
-- Every row of a state, oldest first; for a file that only one reader has open.
SELECT *, state AS standing FROM delivery WHERE state = :state ORDER BY sequence;

-- name: select_waiting
-- The same for what waits, with the cameras whose order each still holds up (`lanes`, a JSON list). The oldest of all is in
-- the index `ready`, so nothing before it is read.
SELECT *, :state AS standing,
       (SELECT json_group_array(named.value) FROM json_each(iif(json_valid(camera_ids) AND camera_ids <> '[]', camera_ids, '[""]')) AS named
        WHERE EXISTS (SELECT 1 FROM lane WHERE lane.target = delivery.target AND lane.camera_id = named.value
                      AND lane.sequence = delivery.sequence)) AS lanes
FROM delivery
WHERE state = 'waiting' AND sequence NOT IN (SELECT sequence FROM sending) AND sequence <= :last
  AND sequence >= (SELECT min(sequence) FROM delivery INDEXED BY ready WHERE state = 'waiting' AND lanes_ahead = 0)
  AND {chosen}
ORDER BY sequence LIMIT :limit;

-- name: select_sending
-- The same for what is being sent.
SELECT *, :state AS standing,
       (SELECT json_group_array(named.value) FROM json_each(iif(json_valid(camera_ids) AND camera_ids <> '[]', camera_ids, '[""]')) AS named
        WHERE EXISTS (SELECT 1 FROM lane WHERE lane.target = delivery.target AND lane.camera_id = named.value
                      AND lane.sequence = delivery.sequence)) AS lanes
FROM delivery
WHERE sequence IN (SELECT sequence FROM sending) AND sequence <= :last
  AND {chosen}
ORDER BY sequence LIMIT :limit;

-- name: select_wanted
-- Rows by sequence or by the beginning of their event id (`wanted`, a JSON list), of one state or of any (NULL). They are
-- looked up, not searched for: to read through a backlog takes a second, and meanwhile no event is kept. Event ids are
-- indexed for each target, hence the walk from target to target.
WITH RECURSIVE {served}, wanted (id) AS (
    SELECT CAST(value AS TEXT) FROM json_each(:wanted)
), found (sequence) AS (
    SELECT delivery.sequence FROM wanted CROSS JOIN delivery ON delivery.sequence = CAST(wanted.id AS INTEGER)
    WHERE CAST(delivery.sequence AS TEXT) = wanted.id
    UNION
    SELECT delivery.sequence FROM wanted CROSS JOIN served CROSS JOIN delivery
    ON delivery.target = served.target AND delivery.event_id >= wanted.id
       AND delivery.event_id < wanted.id || char(0x10FFFF)
    WHERE length(wanted.id) >= 8
)
SELECT *, iif(sequence IN (SELECT sequence FROM sending), 'sending', state) AS standing,
       (SELECT json_group_array(named.value) FROM json_each(iif(json_valid(camera_ids) AND camera_ids <> '[]', camera_ids, '[""]')) AS named
        WHERE EXISTS (SELECT 1 FROM lane WHERE lane.target = delivery.target AND lane.camera_id = named.value
                      AND lane.sequence = delivery.sequence)) AS lanes
FROM delivery
WHERE sequence IN (SELECT sequence FROM found) AND (:state IS NULL OR standing = :state) AND sequence <= :last
  AND {chosen}
ORDER BY sequence LIMIT :limit;

-- name: search
-- Deliveries of any state, the newest first, among the `scanned` newest that were kept before `before`.
SELECT * FROM (
    SELECT *, iif(sequence IN (SELECT sequence FROM sending), 'sending', state) AS standing FROM delivery
    WHERE sequence < :before ORDER BY sequence DESC LIMIT :scanned)
WHERE (:state = '' OR standing = :state) AND (:target = '' OR target = :target)
  AND (:node_id = '' OR node_id = :node_id) AND (:pipeline = '' OR pipeline IN ('', :pipeline))
  AND (:since_s IS NULL OR captured_at_s >= :since_s) AND (:until_s IS NULL OR captured_at_s < :until_s)
  AND (:text = '' OR instr(lower(name), lower(:text)) > 0 OR instr(lower(description), lower(:text)) > 0)
  AND (:camera_id = '' OR EXISTS (
      SELECT 1 FROM json_each(iif(json_valid(camera_ids), camera_ids, '[]')) AS named WHERE named.value = :camera_id))
ORDER BY sequence DESC LIMIT :limit;

-- name: search_end
-- The lowest sequence that `search` reads, and how many it reads.
SELECT min(sequence), count(*) FROM (
    SELECT sequence FROM delivery WHERE sequence < :before ORDER BY sequence DESC LIMIT :scanned);

-- name: retry
-- A dead letter, or a relayed delivery, waits again, behind all that is kept now: what came after it has gone already.
-- It goes to `remaining_camera_ids` from now on, unless that is NULL.
UPDATE delivery SET sequence = :new_sequence, state = 'waiting', due_at_s = 0, settled_at_s = NULL, reason = '',
                    retried_at_s = :now_s,
                    remaining_camera_ids = coalesce(:remaining_camera_ids, remaining_camera_ids),
                    lanes_ahead = (SELECT count(*) FROM json_each(:lanes) AS wanted
                                   WHERE EXISTS (SELECT 1 FROM lane
                                                 WHERE target = :target AND camera_id = wanted.value))
WHERE sequence = :sequence AND state IN ('dead', 'relayed');

-- name: replace_dead
-- A dead letter gives way to the same event that is about to go to its target, and is still to be sent.
DELETE FROM delivery WHERE target = :target AND event_id = :event_id AND state = 'dead';

-- name: redirect
-- A delivery goes to another target, at its place in the order: in each of its lanes there behind what was kept before
-- it. One that waits is due at once. Nothing changes when that target has the event already.
UPDATE delivery SET target = :new_target, due_at_s = 0, reason = iif(state = 'waiting', '', reason),
                    lanes_ahead = (SELECT count(*) FROM json_each(:lanes) AS wanted
                                   WHERE EXISTS (SELECT 1 FROM lane WHERE target = :new_target
                                                 AND camera_id = wanted.value AND sequence < :sequence))
WHERE sequence = :sequence AND sequence NOT IN (SELECT sequence FROM sending)
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE target = :new_target AND event_id = :event_id);

-- name: hold_up
-- A delivery that was kept earlier is about to enter these lanes: what was first in each has one lane more ahead of it.
WITH held (head, lanes) AS (
    SELECT (SELECT min(lane.sequence) FROM lane WHERE lane.target = :target AND lane.camera_id = wanted.value) AS head,
           count(*)
    FROM json_each(:lanes) AS wanted WHERE head > :sequence GROUP BY head
)
UPDATE delivery SET lanes_ahead = lanes_ahead + held.lanes FROM held WHERE delivery.sequence = held.head;

-- name: raise_sequence
-- No later delivery gets the sequence of one that was put back.
UPDATE sqlite_sequence SET seq = max(seq, :sequence) WHERE name = 'delivery';

-- name: drop
-- A person drops a delivery.
DELETE FROM delivery WHERE sequence = :sequence AND sequence NOT IN (SELECT sequence FROM sending);

-- name: trim
-- Remove the oldest rows of a state that were settled before an instant, a bounded number at a time.
DELETE FROM delivery
WHERE sequence IN (SELECT sequence FROM delivery INDEXED BY settled
                   WHERE state = :state AND state IN ('delivered', 'dead', 'relayed') AND settled_at_s <= :before_s
                   ORDER BY settled_at_s LIMIT :limit);

-- name: put_input_rows
-- A thing that an input knows now: identity and content, both JSON texts.
INSERT INTO input_row (input, identity, content) VALUES (:input, :identity, :content)
ON CONFLICT (input, identity) DO UPDATE SET content = excluded.content;

-- name: drop_input_rows
-- What it knows no more: a JSON list of identities.
DELETE FROM input_row WHERE input = :input AND identity IN (SELECT value FROM json_each(:identities));

-- name: input_rows
-- Everything that an input knows.
SELECT identity, content FROM input_row WHERE input = :input;
