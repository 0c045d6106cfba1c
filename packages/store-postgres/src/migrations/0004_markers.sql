-- Markers: control commands that do nothing but leave a row, by which whoever put one into the log finds out that all
-- before it is projected. Names are not qualified, as in 0001.

create table markers (
  id uuid primary key,
  created_at timestamptz not null,
  client text not null,
  topic text not null,
  partition integer,
  record_offset bigint,
  message_id text
);
create index markers_by_time on markers (created_at);

-- Whoever waits for one waits for seconds. They would pile up, as in a replay of all that there ever were: those that are a
-- day older than the newest go, by the log's time, so that every replay comes to the same. Rows that another transaction
-- is removing are left to it.
create function forget_old_markers() returns trigger language plpgsql as $$
begin
  execute format(
    'delete from %1$I.markers where id in (
      select id from %1$I.markers where created_at < (select max(created_at) from %1$I.markers) - interval ''1 day''
      for update skip locked)',
    tg_table_schema
  );
  return null;
end $$;

create trigger forget_old_markers after insert on markers
  for each statement execute function forget_old_markers();

create or replace view commands as
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
  from dead_letters d left join dead_letter_marks m using (place)
union all
select id, 'sluice.control.v1', client, 'projected', null, null,
    created_at, topic, partition, record_offset, message_id, null
  from markers;
