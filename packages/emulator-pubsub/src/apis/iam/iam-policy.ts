import { invalid, invalidArgument, policyChanged } from '../../grpc/errors.ts';
import { field } from '../../grpc/wire.ts';
import { policyKey } from '../../resources/policies.ts';
import type { Unary } from '../define.ts';
import { checkResource, etagOf, policyOrNone, readFields, rolesOf, textOf, withNewEtag } from './policy.ts';

const MAX_POLICY_BYTES = 256 * 1024;

/**
 * SetIamPolicy: keeps the policy, as it came, with a new etag. One that comes with another etag than the present one's is
 * refused with ABORTED; one without an etag overwrites. No permission is ever asked for.
 *
 *     request   resource string = 1, policy Policy = 2, update_mask FieldMask = 3
 *
 * Limits: 256 KiB; each binding has a role. Gaps: members and conditions are not looked at, nor is the mask.
 */
export const setIamPolicy: Unary = {
  kind: 'unary',
  path: '/google.iam.v1.IAMPolicy/SetIamPolicy',
  answer(bytes, { service }) {
    const request = readFields(bytes);
    const policy = request.findLast(({ number }) => number === 2)?.content;
    const resource = textOf(request, 1);
    return service.turns.take(async () => {
      checkResource(service, resource);
      if (policy === undefined) throw invalidArgument('policy');
      if (policy.length > MAX_POLICY_BYTES) {
        throw invalid(`policy must have ${MAX_POLICY_BYTES} bytes at the most, got ${policy.length}.`);
      }
      if (rolesOf(policy).includes('')) throw invalid('Each binding of a policy must have a role.');
      const key = policyKey(resource);
      const etag = etagOf(policy);
      const present = etagOf(policyOrNone(service.storage.resources.get(key)));
      if (etag.length > 0 && !etag.equals(present)) throw policyChanged(etag, present);
      const value = withNewEtag(policy);
      await service.storage.resources.write([{ key, value }]);
      return value;
    });
  },
};

/** GetIamPolicy: what was set, or a policy that has nothing but an etag. `options` make no difference. */
export const getIamPolicy: Unary = {
  kind: 'unary',
  path: '/google.iam.v1.IAMPolicy/GetIamPolicy',
  answer(bytes, { service }) {
    const resource = checkResource(service, textOf(readFields(bytes), 1));
    return policyOrNone(service.storage.resources.get(policyKey(resource)));
  },
};

/**
 * TestIamPermissions: all that is asked for is permitted, since nothing is forbidden here. As at the service, a resource
 * that does not exist is no error.
 *
 *     request   resource string = 1, permissions repeated string = 2
 *     response  permissions repeated string = 1
 */
export const testIamPermissions: Unary = {
  kind: 'unary',
  path: '/google.iam.v1.IAMPolicy/TestIamPermissions',
  answer(bytes) {
    const permissions = readFields(bytes).filter(({ number }) => number === 2);
    for (const { content } of permissions) {
      if (content.includes('*')) throw invalidArgument('permissions');
    }
    return Buffer.concat(permissions.map(({ content }) => field(1, content)));
  },
};
