-- The partitions: as many for good, since another number would move every stream.
DO $$
BEGIN
  FOR part IN 0..7 LOOP
    EXECUTE format(
      'CREATE TABLE event_store_%s PARTITION OF event_store FOR VALUES WITH (MODULUS 8, REMAINDER %s)',
      part, part);
  END LOOP;
END
$$;
