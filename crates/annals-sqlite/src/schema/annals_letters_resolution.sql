-- How a letter was resolved, beside what it failed of. Those resolved before have it in `reason`.
ALTER TABLE annals_letters ADD COLUMN resolution TEXT;
