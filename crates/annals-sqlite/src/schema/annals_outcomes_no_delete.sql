CREATE TRIGGER annals_outcomes_no_delete BEFORE DELETE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no delete');
END;
