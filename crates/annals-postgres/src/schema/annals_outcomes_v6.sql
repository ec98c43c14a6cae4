-- Traces read the outcomes of a correlation in turns, each from where the last one ended. While the
-- index is built, outcomes are read by the one before.
CREATE INDEX annals_outcomes_alone ON annals_outcomes (correlation_id, command_id)
  WHERE NOT by_events;
DROP INDEX annals_outcomes_by_correlation;
ALTER INDEX annals_outcomes_alone RENAME TO annals_outcomes_by_correlation;
