/** What a client may do where nothing is forbidden: a bit for each of Kafka's operations that apply to the resource. */
export const TOPIC_OPERATIONS = 0b1101_1111_1000;
export const GROUP_OPERATIONS = 0b1101_0100_1000;
export const CLUSTER_OPERATIONS = 0b1_1111_1010_0000;

/** The client did not ask. */
export const NOT_REQUESTED = -2_147_483_648;
