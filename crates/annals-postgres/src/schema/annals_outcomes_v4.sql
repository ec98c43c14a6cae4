-- Traces find a command by its events where it has some, so that only the others need an entry of
-- their own by correlation: one index less to write for nearly all of them.
ALTER TABLE annals_outcomes ADD COLUMN by_events boolean NOT NULL DEFAULT false;
DROP INDEX annals_outcomes_by_correlation;
CREATE INDEX annals_outcomes_by_correlation ON annals_outcomes (correlation_id)
  WHERE NOT by_events;
