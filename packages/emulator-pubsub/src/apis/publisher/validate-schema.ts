import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { invalid, shown } from '../../grpc/errors.ts';
import { DELETED_SCHEMA } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import type { TopicProto } from '../../resources/topic.ts';
import type { Encoding } from '../../schemas/schema.ts';

type Settings = NonNullable<TopicProto['schemaSettings']>;
type Message = google.pubsub.v1.IPubsubMessage;

const ENCODINGS: Readonly<Record<number, Encoding>> = { 1: 'JSON', 2: 'BINARY' };

/**
 * The attributes that the service adds to a message of a topic with a schema: by which of its revisions the message is
 * valid. The newest one that the topic allows is asked first.
 * https://cloud.google.com/pubsub/docs/schemas-validation
 * @throws RpcError `INVALID_ARGUMENT` where it is valid by none.
 */
export function schemaAttributes(settings: Settings, message: Message, { schemas }: Service): Record<string, string> {
  const name = settings.schema ?? '';
  const schema = name === DELETED_SCHEMA ? undefined : schemas.find(name);
  if (schema === undefined) throw invalid('The schema of the topic has been deleted: nothing can be published to it.');
  const encoding = ENCODINGS[Number(settings.encoding)] ?? 'JSON';
  const { revisions } = schema;
  const indexOf = (id: string | null | undefined): number => revisions.findIndex(({ revisionId }) => revisionId === id);
  const first = settings.firstRevisionId ? indexOf(settings.firstRevisionId) : 0;
  const last = settings.lastRevisionId ? indexOf(settings.lastRevisionId) : revisions.length - 1;
  let fault: string | undefined;
  for (let index = last; index >= Math.max(first, 0); index -= 1) {
    const revision = revisions[index];
    if (revision === undefined) continue;
    const detail = schema
      .compiled(revision)
      .validate((message.data as Buffer | undefined) ?? Buffer.alloc(0), encoding);
    if (detail === undefined) {
      return {
        googclient_schemaencoding: encoding,
        googclient_schemaname: name,
        googclient_schemarevisionid: revision.revisionId ?? '',
      };
    }
    fault ??= detail;
  }
  throw invalid(
    `Invalid data in message: Message failed schema validation. ${shown(fault ?? 'No revision is allowed.')}`,
  );
}
