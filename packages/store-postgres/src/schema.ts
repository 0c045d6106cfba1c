/** The schema of the current generation. */
export const SCHEMA = 'sluice';

/**
 * Two-part keys of advisory locks (the first part is Sluice's own). Every transaction that writes shares `generation`,
 * which a swap of generations takes for itself. Those that write rows share `disjoint`, and those that write dead letters
 * take it for themselves: neither could see the other's uncommitted work, and an id would end up as both.
 */
export const LOCKS = { space: 0x51_1c_e0, generation: 1, disjoint: 2 } as const;
