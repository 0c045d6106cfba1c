import { CODES, type RpcError } from './rpc-error.ts';
import { field, numberField } from './wire.ts';

/** As a C client takes 8 KiB of headers at the most, of which base64 is a third. */
const MAX_DETAILS_BYTES = 5_000;

/**
 * What goes into the trailer `grpc-status-details-bin`, undefined where there is nothing to say beyond code and message.
 *
 *     google.rpc.Status     code int32 = 1, message string = 2, details repeated Any = 3
 *     google.protobuf.Any   type_url string = 1, value bytes = 2
 *     google.rpc.ErrorInfo  reason string = 1, domain string = 2, metadata map<string, string> = 3
 *
 * The clients read nothing but the metadata: of an acknowledgement, its id and what became of it. Ids that do not fit are
 * left out, and count as failed for the clients, since the whole call did.
 */
export function statusDetails({ code, message, reasons }: RpcError): Buffer | undefined {
  if (reasons.size === 0) return undefined;
  const info = [field(1, 'ACK_IDS_FAILED'), field(2, 'pubsub.googleapis.com')];
  let bytes = 0;
  for (const [name, reason] of reasons) {
    const entry = field(3, Buffer.concat([field(1, name), field(2, reason)]));
    bytes += entry.length;
    if (bytes > MAX_DETAILS_BYTES) break;
    info.push(entry);
  }
  const any = Buffer.concat([field(1, 'type.googleapis.com/google.rpc.ErrorInfo'), field(2, Buffer.concat(info))]);
  return Buffer.concat([numberField(1, CODES[code]), field(2, message), field(3, any)]);
}
