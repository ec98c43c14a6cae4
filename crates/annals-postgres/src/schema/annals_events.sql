-- The log for people: data as jsonb; null where its encoding is no text, or jsonb can't hold it.
CREATE VIEW annals_events AS
SELECT position, id, aggregate, aggregate_id, version, event_type AS type, time,
       CASE WHEN encoding = 0 AND position('\u0000' in convert_from(data, 'UTF8')) = 0
            THEN convert_from(data, 'UTF8')::jsonb END AS data,
       correlation_id, causation_id, command_id, actor, traceparent, tags::jsonb AS tags
FROM event_store;
