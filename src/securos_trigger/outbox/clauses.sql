-- Parts that several statements of `queries.sql` share.

-- clause: chosen
-- What a person chooses rows by: a part of the reason, the target, and cameras that still wait. Empty: any.
(:reason = '' OR instr(lower(reason), lower(:reason)) > 0) AND (:target = '' OR target = :target)
  AND (:cameras = '[]' OR EXISTS (
      SELECT 1 FROM json_each(iif(json_valid(coalesce(remaining_camera_ids, camera_ids)),
                                  coalesce(remaining_camera_ids, camera_ids), '[]')) AS named
      WHERE named.value IN (SELECT value FROM json_each(:cameras))))
