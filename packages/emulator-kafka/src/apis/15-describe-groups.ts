import { GROUP_OPERATIONS, NOT_REQUESTED } from '../authorized-operations.ts';
import type { KafkaApi } from '../context.ts';
import type { Group } from '../groups/group.ts';
import { EMPTY } from '../groups/messages.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Writer } from '../protocol/writer.ts';

/**
 * DescribeGroups, 0 to 6, flexible from 5.
 *
 *     request   [group_id string], v3+ include_authorized_operations boolean
 *     response  v1+ throttle_time_ms int32, [error_code int16, v6+ error_message nullable string, group_id string,
 *               group_state string, protocol_type string, protocol_data string, [member_id string,
 *               v4+ group_instance_id nullable string, client_id string, client_host string, member_metadata bytes,
 *               member_assignment bytes], v3+ authorized_operations int32]
 *
 * A group that does not exist is in state Dead; from version 6 on it also has an error (KIP-1043). The protocol and the
 * members' metadata are told of a stable group only.
 */
export const describeGroups: KafkaApi = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,
  handle(request, version, { broker }) {
    const groupIds = request.array(() => request.string());
    const wantsOperations = version >= 3 ? request.boolean() : false;
    request.tags();
    const described = groupIds.map((groupId) => ({ groupId, group: broker.groups.find(groupId) }));
    return (response) => {
      if (version >= 1) response.int32(0);
      response.array(described, ({ groupId, group }) => {
        const isMissing = group === undefined && version >= 6;
        response.int16(errorCode(isMissing ? 'GROUP_ID_NOT_FOUND' : 'NONE'));
        if (version >= 6) response.nullableString(isMissing ? `Group ${groupId} not found.` : null);
        response.string(groupId);
        if (group === undefined) writeMissing(response);
        else writeGroup(response, group, version);
        if (version >= 3) response.int32(wantsOperations ? GROUP_OPERATIONS : NOT_REQUESTED);
        response.tags();
      });
      response.tags();
    };
  },
};

function writeMissing(response: Writer): void {
  response.string('Dead');
  response.string('');
  response.string('');
  response.array([], () => undefined);
}

function writeGroup(response: Writer, { state, generation, roster }: Group, version: number): void {
  const { protocolType, protocolName } = generation;
  const isStable = state === 'Stable';
  response.string(state);
  response.string(protocolType ?? '');
  response.string((isStable && protocolName) || '');
  response.array(roster.all, (member) => {
    response.string(member.id);
    if (version >= 4) response.nullableString(member.instanceId);
    response.string(member.clientId);
    response.string(member.clientHost);
    response.bytes(isStable ? member.metadataFor(protocolName) : EMPTY);
    response.bytes(member.assignment);
    response.tags();
  });
}
