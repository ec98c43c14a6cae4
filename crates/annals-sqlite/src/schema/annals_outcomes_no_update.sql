CREATE TRIGGER annals_outcomes_no_update BEFORE UPDATE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no update');
END;
