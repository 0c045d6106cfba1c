/** The schema of the current generation. */
export const SCHEMA = 'sluice';

/**
 * Advisory locks, as the two keys of PostgreSQL's functions; the first is Sluice's own. Every transaction that writes
 * shares `generation`, which a swap of generations takes for itself. Those that write rows share `disjoint`, and those
 * that write dead letters take it for themselves: neither sees what the other has not committed, and one id could become
 * both.
 */
export const LOCKS = { space: 0x51_1c_e0, generation: 1, disjoint: 2, searchPath: 3 } as const;
