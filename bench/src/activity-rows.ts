/**
 * The statement that makes so many activity events, one a second up to now. Some values most rows have, of some there are a
 * hundred rows, whatever their number: emails, components and environments named `rare`, messages with `rollback`. A tenth
 * of the messages has `timeout`, and one `singular`. No row of the robot's is of the invoices.
 */
export const activityRows = (count: number): string => `
insert into sluice.activity_events
  (id, created_at, client, topic, partition, record_offset, email, component, environment, message, data)
select
  gen_random_uuid(),
  now() - (${count} - n) * interval '1 second',
  'default', 'activity.event.v1', n % 6, n / 6,
  case
    when n % 100 < 30 then 'robot@example.com'
    when n % ${count / 100} = 77 then 'rare@example.com'
    else 'user' || (hashint4(n) & 8191) || '@example.com'
  end,
  case
    when n % ${count / 100} = 78 then 'rare'
    when n % 100 < 60 then 'orders'
    when n % 100 < 80 then 'invoices'
    else 'component-' || (hashint4(n + 1) & 15)
  end,
  case
    when n % 100 between 5 and 94 then 'production'
    when n % ${count / 100} = 99 then 'rare'
    else (array['staging', 'test'])[1 + (hashint4(n + 2) & 1)]
  end,
  (array['user', 'service', 'worker', 'job'])[1 + (hashint4(n + 3) & 3)] || ' ' || (hashint4(n + 4) & 65535) || ' ' ||
    (array['created', 'updated', 'deleted', 'approved'])[1 + (hashint4(n + 5) & 3)] || ' record ' || n || ' ' ||
    case
      when n = ${Math.floor(count / 8)} then 'with a singular result'
      when n % 10 = 3 then 'after a timeout'
      when n % ${count / 100} = 18 then 'by a rollback'
      else 'successfully'
    end,
  json_build_object('attempt', n % 7, 'region', 'eu-west-1', 'tags', json_build_array('a', 'b'))
from generate_series(1, ${count}) as n`;
