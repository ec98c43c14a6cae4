-- What a trace shows of a command, also of one that left no event.
ALTER TABLE annals_outcomes ADD COLUMN command TEXT NOT NULL DEFAULT '';
ALTER TABLE annals_outcomes ADD COLUMN correlation_id BLOB;
ALTER TABLE annals_outcomes ADD COLUMN time TEXT;
