import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { invalid, shown } from '../grpc/errors.ts';

const MAX_TRANSFORMS = 5;
const FUNCTION_NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * Transforms are kept and answered, and do nothing: the emulator runs no stranger's code.
 * @throws RpcError `INVALID_ARGUMENT`
 */
export function checkTransforms(transforms: readonly google.pubsub.v1.IMessageTransform[] | null | undefined): void {
  if (!transforms) return;
  if (transforms.length > MAX_TRANSFORMS) {
    throw invalid(`message_transforms must be ${MAX_TRANSFORMS} at the most, got ${transforms.length}.`);
  }
  const names = new Set<string>();
  for (const { javascriptUdf, aiInference } of transforms) {
    if (!javascriptUdf && !aiInference) throw invalid('Each of message_transforms must have a transform.');
    if (!javascriptUdf) continue;
    const name = javascriptUdf.functionName ?? '';
    if (!FUNCTION_NAME.test(name)) throw invalid(`function_name must be the name of a function, got "${shown(name)}".`);
    if (names.has(name)) throw invalid(`function_name must be another in each transform, got "${name}" twice.`);
    if (!javascriptUdf.code) throw invalid(`The code of the function ${name} must not be empty.`);
    names.add(name);
  }
}
