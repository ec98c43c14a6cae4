CREATE TRIGGER event_store_no_delete BEFORE DELETE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no delete');
END;
