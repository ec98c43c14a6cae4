CREATE TRIGGER annals_tags_no_update BEFORE UPDATE ON annals_tags
BEGIN
  SELECT RAISE(ABORT, 'annals_tags is append-only: no update');
END;
