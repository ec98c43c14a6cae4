-- What an event is about beside its stream: a JSON array of texts, null where there is none.
ALTER TABLE event_store ADD COLUMN tags TEXT;
