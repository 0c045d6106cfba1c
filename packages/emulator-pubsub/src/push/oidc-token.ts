import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { OidcToken } from './push-config.ts';

const LIFETIME_S = 3_600;

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
}

let key: Promise<Key> | undefined;

/**
 * A token like those that Google's service attaches, https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions:
 * the same claims, signed in the same way, but with a key of this process. So an endpoint can read who sends and to whom;
 * one that asks Google for the key refuses it, as it should.
 */
export async function oidcToken({ serviceAccountEmail, audience }: OidcToken, endpoint: string, nowMs: number) {
  key ??= newKey();
  const { id, privateKey } = await key;
  const subject = subjectOf(serviceAccountEmail);
  const issuedAt = Math.floor(nowMs / 1_000);
  const claims = {
    aud: audience === '' ? endpoint : audience,
    azp: subject,
    email: serviceAccountEmail,
    sub: subject,
    email_verified: true,
    exp: issuedAt + LIFETIME_S,
    iat: issuedAt,
    iss: 'https://accounts.google.com',
  };
  const signed = `${encoded({ alg: 'RS256', kid: id, typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

async function newKey(): Promise<Key> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { id: randomBytes(20).toString('hex'), privateKey };
}

/** An account's number: of 21 digits as Google's are, and the same for the same account. */
function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest('hex').slice(0, 32);
  return `1${(BigInt(`0x${digest}`) % 10n ** 20n).toString().padStart(20, '0')}`;
}

const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
