-- Traces read the outcomes of a correlation in turns, each from where the last one ended.
DROP INDEX annals_outcomes_by_correlation;
CREATE INDEX annals_outcomes_by_correlation ON annals_outcomes (correlation_id, command_id)
  WHERE NOT by_events;
