-- The tags of events, for queries and conditions; `name` is the event's, without its version.
CREATE TABLE annals_tags (
  tag      text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  name     text COLLATE "C" NOT NULL,
  PRIMARY KEY (tag, position) INCLUDE (name)
);
