import { invalid, shown } from '../grpc/errors.ts';

/** "Creating and managing labels" of Google's documentation. */
const MAX_LABELS = 64;
const KEY = /^\p{Ll}[\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** @throws RpcError `INVALID_ARGUMENT` */
export function checkLabels(labels: Readonly<Record<string, string>> | null | undefined): void {
  const entries = Object.entries(labels ?? {});
  if (entries.length > MAX_LABELS) throw invalid(`labels must be ${MAX_LABELS} at the most, got ${entries.length}.`);
  for (const [key, value] of entries) {
    if (!KEY.test(key)) {
      throw invalid(
        `Label keys must begin with a lower-case letter and have 1 to 63 lower-case letters, digits, _ or -, got "${shown(key)}".`,
      );
    }
    if (!VALUE.test(value)) {
      throw invalid(`Label values must have at most 63 lower-case letters, digits, _ or -, got "${shown(value)}".`);
    }
  }
}
