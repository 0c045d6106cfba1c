import { openSchema } from '../client-schema/open.ts';
import { isSameSchema } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { CompatibilityProof } from './proof.ts';
import type { Breach, Compatibility } from './verdict.ts';

/**
 * Whether a newer version of a client's schema accepts all that the older does, so that what was accepted once can always
 * be read. A property that the older does not name counts as never sent, so adding an optional one is compatible. Only
 * what can be proven is: a proof may be missed, never invented. Annotations (`title`, `format`, …) do not matter.
 * @param older strict JSON, as is the newer; one that `compileClientSchema` refuses proves nothing
 */
export function checkBackward(older: JsonValue, newer: JsonValue): Compatibility {
  if (isSameSchema(older, newer)) return { kind: 'compatible' };
  const [before, after] = [openSchema(older), openSchema(newer)];
  if (before.kind === 'refused') {
    return breaks(before.pointer, `cannot be proven compatible: at this place of the older schema, ${before.detail}`);
  }
  if (after.kind === 'refused') return breaks(after.pointer, after.detail);
  if (before.dialect !== after.dialect) {
    return breaks(
      '/$schema',
      `cannot be proven compatible: the older schema is one of ${before.dialect}, the newer of ${after.dialect}`,
    );
  }
  return new CompatibilityProof(before, after).run() ?? { kind: 'compatible' };
}

const breaks = (pointer: string, detail: string): Breach => ({ kind: 'breaks', pointer, detail });
