const RULE = /^[a-z0-9_-]{1,100}$/;

/** @throws RangeError where the id could be another's file name, or none: not all file systems tell cases apart. */
export function checkDataId(id: string): void {
  if (RULE.test(id)) return;
  const shown = JSON.stringify(id.slice(0, 100));
  throw new RangeError(`id must be 1 to 100 characters a to z, 0 to 9, "-" and "_", got ${shown}`);
}
