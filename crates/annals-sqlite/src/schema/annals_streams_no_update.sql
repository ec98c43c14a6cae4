CREATE TRIGGER annals_streams_no_update BEFORE UPDATE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no update');
END;
