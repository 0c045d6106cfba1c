-- What GET /api/events looks things up by. Names are not qualified, as in 0001.

-- One index per set of columns that a filter can hold equal, each in the order of the pages, so that a page costs its own
-- rows, however many or few there are of a value. They ascend, and are read backwards: new rows then come in at an end,
-- which fills pages instead of splitting them. Several columns lead as one array: an index that began with a column as
-- another does would be taken for it, and what it gives sorted.
create index activity_events_newest on activity_events (created_at, id);
create index activity_events_email on activity_events (email, created_at, id);
create index activity_events_component on activity_events (component, created_at, id);
create index activity_events_environment on activity_events (environment, created_at, id);
create index activity_events_email_component on activity_events
  ((array[email, component]), created_at, id);
create index activity_events_email_environment on activity_events
  ((array[email, environment]), created_at, id);
create index activity_events_component_environment on activity_events
  ((array[component, environment]), created_at, id);
create index activity_events_email_component_environment on activity_events
  ((array[email, component, environment]), created_at, id);

-- A part of the message, by its trigrams. The extension belongs to the database, not to a generation: dropping one must not
-- take it from the next. Where the user may not create it, and the owner has not, everything works without this index, and
-- rare messages are found by reading all rows. What waits to be merged is bounded, since each search reads it.
do $$
declare
  its_schema name;
begin
  create extension if not exists pg_trgm with schema public;
  select n.nspname into its_schema
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  execute format(
    'create index activity_events_message on activity_events using gin (message %I.gin_trgm_ops)
      with (fastupdate = on, gin_pending_list_limit = 256)',
    its_schema
  );
exception
  when insufficient_privilege or feature_not_supported or undefined_file or invalid_schema_name then
    raise warning 'Sluice: activity events are searched for a rare message by reading all of them, since pg_trgm is not there: %',
      sqlerrm
      using hint = 'As owner of the database: create extension pg_trgm with schema public; then, as owner of the table: '
        'create index activity_events_message on sluice.activity_events using gin (message public.gin_trgm_ops) '
        'with (fastupdate = on, gin_pending_list_limit = 256)';
end $$;
