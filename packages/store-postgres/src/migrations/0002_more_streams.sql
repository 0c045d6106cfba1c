-- The other streams' rows, what is decided once per command, the registry of clients' streams, and what became of dead
-- letters. Names are not qualified, as in 0001.

create table activity_events (
  id uuid primary key,
  created_at timestamptz not null,
  client text not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text,
  email text not null,
  component text not null,
  environment text not null,
  message text not null,
  -- As it was sent: json keeps the order of the keys, and nothing is ever searched in it.
  data json not null
);

-- Events of the streams that clients registered.
create table events (
  id uuid primary key,
  created_at timestamptz not null,
  client text not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text,
  event text not null,
  schema_version integer not null,
  data jsonb not null
);
create index events_by_stream on events (client, event, created_at desc, id desc);

-- Commands that are decided once and leave no row of their own: table transactions and control commands.
create table decisions (
  command_id uuid primary key,
  stream text not null,
  client text not null,
  outcome text not null check (outcome in ('applied', 'rejected')),
  -- Why it was rejected.
  detail text,
  created_at timestamptz not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text
);

-- Every version of every client's stream. The sequence tells readers what is new to them.
create table schema_versions (
  sequence bigint generated always as identity,
  client text not null,
  event text not null,
  version integer not null,
  topic text not null,
  schema json not null,
  compatibility text not null check (compatibility in ('backward', 'none')),
  registered_at timestamptz not null,
  command_id uuid not null,
  primary key (client, event, version)
);
create unique index schema_versions_sequence on schema_versions (sequence);
-- Kafka refuses a topic whose name equals another's once "." and "_" are one.
create unique index schema_versions_topic on schema_versions (replace(topic, '.', '_')) where version = 1;

-- Records that were dead-lettered and then re-driven or discarded, by their place in the log. What a place's first mark says
-- depends on the control stream alone, so that a rebuild, which reads that first, comes to the same end.
create table dead_letter_marks (
  place text primary key,
  topic text not null,
  partition integer,
  record_offset bigint,
  decision text not null check (decision in ('redrive', 'discard')),
  -- Of the dead letter, as what else a rebuild makes it of.
  command_id uuid not null,
  reason text not null,
  detail text not null,
  decided_by uuid not null
);
create index dead_letter_marks_by_offset on dead_letter_marks (topic, partition, record_offset);

alter table dead_letters
  -- topic/partition/offset, or topic//message id.
  add column place text not null generated always as
    (topic || '/' || coalesce(partition::text || '/' || record_offset::text, '/' || message_id)) stored,
  -- Too large to be kept whole.
  add column is_cut boolean not null default false;
create index dead_letters_by_place on dead_letters (place);
create index dead_letters_newest on dead_letters (created_at desc, command_id desc);

-- What became of every command, over the rows themselves: a row of its own for each would halve the consumer, and would lie
-- after a TRUNCATE.
create view commands as
select id as command_id, 'timestamp.command.v1' as stream, client, 'projected' as status, null as reason, null as detail,
    created_at, topic, partition, record_offset, message_id, null as mark
  from timestamp_records
union all
select id, 'activity.event.v1', client, 'projected', null, null,
    created_at, topic, partition, record_offset, message_id, null
  from activity_events
union all
select id, client || '.' || event, client, 'projected', null, null,
    created_at, topic, partition, record_offset, message_id, null
  from events
union all
select command_id, stream, client, case outcome when 'applied' then 'projected' else 'rejected' end, null, detail,
    created_at, topic, partition, record_offset, message_id, null
  from decisions
union all
select d.command_id, d.stream, d.client, 'dead-lettered', d.reason, d.detail,
    d.created_at, d.topic, d.partition, d.record_offset, d.message_id, m.decision
  from dead_letters d left join dead_letter_marks m using (place);
