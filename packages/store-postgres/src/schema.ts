/** The schema of the current generation. */
export const SCHEMA = 'sluice';

export const TABLES = [
  'generation',
  'positions',
  'timestamp_records',
  'activity_events',
  'events',
  'markers',
  'decisions',
  'schema_versions',
  'dead_letters',
  'dead_letter_marks',
  'commands',
] as const;

/** What mends a schema of which a part is gone. */
export const START_ANEW =
  `run "drop schema ${SCHEMA} cascade", drop the schemas of clients (${SCHEMA}_…) likewise, then start the services again: ` +
  'they make the tables anew, and the consumer refills them from the log';

/**
 * Advisory locks, as the two keys of PostgreSQL's functions; the first is Sluice's own. Every transaction that writes
 * shares `generation`, which a swap of generations takes for itself. Those that write rows share `disjoint`, and those
 * that write dead letters take it for themselves: neither sees what the other has not committed, and one id could become
 * both. Those that change the registry or mark dead letters take `control` besides.
 */
export const LOCKS = { space: 0x51_1c_e0, generation: 1, disjoint: 2, searchPath: 3, control: 4 } as const;
