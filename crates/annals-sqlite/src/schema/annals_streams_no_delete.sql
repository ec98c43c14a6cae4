CREATE TRIGGER annals_streams_no_delete BEFORE DELETE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no delete');
END;
