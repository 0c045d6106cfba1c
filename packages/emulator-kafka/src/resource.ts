/** The kinds of resource that have settings, by their number in the protocol. */
export const RESOURCE = { topic: 2, broker: 4 } as const;
