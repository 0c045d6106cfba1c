/** Where the policy of a resource lies in the store; it goes with the resource. */
export const policyKey = (resource: string): string => `policy ${resource}`;
