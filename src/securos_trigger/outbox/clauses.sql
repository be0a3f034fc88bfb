-- Parts that several statements of `queries.sql` share.

-- clause: chosen
-- What a person chooses rows by: the reason or a part of it, the target, and cameras that still wait. Empty: any.
-- Among cameras, '' stands for events that name none.
(:reason = '' OR iif(:is_exact_reason, reason = :reason, instr(lower(reason), lower(:reason)) > 0)) AND (:target = '' OR target = :target)
  AND (:but = '[]' OR sequence NOT IN (SELECT value FROM json_each(:but)))
  AND (:cameras = '[]' OR EXISTS (
      SELECT 1 FROM json_each(iif(json_valid(coalesce(remaining_camera_ids, camera_ids)),
                                  coalesce(remaining_camera_ids, camera_ids), '[]')) AS named
      WHERE named.value IN (SELECT value FROM json_each(:cameras)))
      OR (coalesce(remaining_camera_ids, camera_ids) = '[]' AND '' IN (SELECT value FROM json_each(:cameras))))

-- clause: served
-- All targets, found by a walk from one to the next: event ids are indexed for each target.
served (target) AS (
    SELECT min(target) FROM delivery
    UNION ALL
    SELECT (SELECT min(target) FROM delivery WHERE target > served.target) FROM served WHERE served.target IS NOT NULL
)
