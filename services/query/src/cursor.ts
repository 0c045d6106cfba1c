import { isUuid, type PageEnd, parseInstant } from '@sluice/core';

/** Where a page ended, as a text for clients to give back; what is in it is none of their business. */
export function encodeCursor({ createdAt, id }: PageEnd): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url');
}

/** @returns undefined where the text is no cursor that was given out */
export function decodeCursor(text: string): PageEnd | undefined {
  if (!/^[\w-]{1,128}$/.test(text)) return undefined;
  const [time = '', id = '', ...others] = Buffer.from(text, 'base64url').toString('latin1').split(' ');
  const parsed = parseInstant(time);
  if (parsed.kind === 'refused' || parsed.instant !== time || others.length > 0) return undefined;
  return isUuid(id) && id === id.toLowerCase() ? { createdAt: parsed.instant, id } : undefined;
}
