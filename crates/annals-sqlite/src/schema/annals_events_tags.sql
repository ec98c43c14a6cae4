-- The log for people, with its tags.
DROP VIEW annals_events;
CREATE VIEW annals_events AS
SELECT position,
       substr(lower(hex(id)), 1, 8) || '-' ||
         substr(lower(hex(id)), 9, 4) || '-' ||
         substr(lower(hex(id)), 13, 4) || '-' ||
         substr(lower(hex(id)), 17, 4) || '-' ||
         substr(lower(hex(id)), 21, 12) AS id,
       aggregate, aggregate_id, version, event_type AS type, time,
       CASE encoding WHEN 0 THEN CAST(data AS TEXT) END AS data,
       substr(lower(hex(correlation_id)), 1, 8) || '-' ||
         substr(lower(hex(correlation_id)), 9, 4) || '-' ||
         substr(lower(hex(correlation_id)), 13, 4) || '-' ||
         substr(lower(hex(correlation_id)), 17, 4) || '-' ||
         substr(lower(hex(correlation_id)), 21, 12) AS correlation_id,
       CASE WHEN causation_id IS NOT NULL THEN
         substr(lower(hex(causation_id)), 1, 8) || '-' ||
         substr(lower(hex(causation_id)), 9, 4) || '-' ||
         substr(lower(hex(causation_id)), 13, 4) || '-' ||
         substr(lower(hex(causation_id)), 17, 4) || '-' ||
         substr(lower(hex(causation_id)), 21, 12) END AS causation_id,
       CASE WHEN command_id IS NOT NULL THEN
         substr(lower(hex(command_id)), 1, 8) || '-' ||
         substr(lower(hex(command_id)), 9, 4) || '-' ||
         substr(lower(hex(command_id)), 13, 4) || '-' ||
         substr(lower(hex(command_id)), 17, 4) || '-' ||
         substr(lower(hex(command_id)), 21, 12) END AS command_id,
       actor, traceparent, tags
FROM event_store;
