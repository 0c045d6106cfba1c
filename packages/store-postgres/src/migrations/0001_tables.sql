-- Everything a replay can rebuild: one generation. Names are not qualified, so that a rebuild can make the same tables in
-- a schema of its own; the runner puts the schema first in the search path.

-- Which generation this is. A writer goes on only in the one that it began with.
create table generation (
  id uuid not null default gen_random_uuid(),
  one boolean primary key default true check (one)
);
insert into generation default values;

-- How far each group has projected each partition, and which record was the last. Every batch updates a row: no index but
-- the key's, and room in the page, keep that update in place (HOT).
create table positions (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  last_offset bigint not null,
  last_digest text not null,
  primary key (consumer_group, topic, partition)
) with (fillfactor = 50);

-- The timestamp commands. A row carries its place in the log: partition and offset, or the broker's message id.
create table timestamp_records (
  id uuid primary key,
  event_timestamp timestamptz not null,
  created_at timestamptz not null,
  -- The years an instant has; PostgreSQL's own range is wider, and has infinities.
  constraint years_1_to_9999 check (
    event_timestamp >= '0001-01-01 00:00:00+00' and event_timestamp < '10000-01-01 00:00:00+00'
    and created_at >= '0001-01-01 00:00:00+00' and created_at < '10000-01-01 00:00:00+00'
  ),
  client text not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text
);

-- Records that could not be projected, whole. Its ids and those of the rows are disjoint.
create table dead_letters (
  command_id uuid primary key,
  stream text not null,
  client text not null,
  reason text not null,
  detail text not null,
  created_at timestamptz not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text,
  -- Milliseconds since the epoch as the broker gave them: they need not be a time that exists.
  record_timestamp_ms double precision not null,
  key bytea,
  value bytea,
  -- [{"name": …, "value": base64 or null}] in their order; a name that no text column takes comes as "name_base64".
  headers jsonb not null
);
