-- Traces.
CREATE INDEX annals_outcomes_by_correlation ON annals_outcomes (correlation_id);
