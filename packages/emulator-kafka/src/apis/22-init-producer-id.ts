import type { Broker, KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import { storageError } from '../storage/storage-errors.ts';

/**
 * InitProducerId, 0 to 5, flexible from 2.
 *
 *     request   transactional_id nullable string, transaction_timeout_ms int32, v3+ producer_id int64, producer_epoch int16
 *     response  throttle_time_ms int32, error_code int16, producer_id int64, producer_epoch int16
 *
 * Every call gets an id that was never given out before, with epoch 0, as in Apache Kafka also where the client names
 * the id it had.
 *
 * Gaps: no transactions; a transactional id is refused.
 */
export const initProducerId: KafkaApi = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  async handle(request, version, { broker }) {
    const transactionalId = request.nullableString();
    request.int32();
    if (version >= 3) {
      request.int64Clamped();
      request.int16();
    }
    request.tags();
    const { error, producerId } = await newProducerId(transactionalId, broker);
    return (response) => {
      response.int32(0);
      response.int16(errorCode(error));
      response.int64(producerId);
      response.int16(error === 'NONE' ? 0 : -1);
      response.tags();
    };
  },
};

async function newProducerId(
  transactionalId: string | null,
  broker: Broker,
): Promise<{ readonly error: ErrorName; readonly producerId: number }> {
  if (transactionalId === '') return { error: 'INVALID_REQUEST', producerId: -1 };
  if (transactionalId !== null) return { error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', producerId: -1 };
  try {
    return { error: 'NONE', producerId: await broker.producerIds.next() };
  } catch (error) {
    storageError(error, broker, 'reserving producer ids');
    return { error: 'COORDINATOR_NOT_AVAILABLE', producerId: -1 };
  }
}
