CREATE TRIGGER annals_tags_no_delete BEFORE DELETE ON annals_tags
BEGIN
  SELECT RAISE(ABORT, 'annals_tags is append-only: no delete');
END;
