import { printable } from '@sluice/core';
import type { Bytes, Shown } from './api.ts';

/** Of a text; the JSON output has all of it. */
const MAX_TEXT = 16_384;
const MAX_NAME = 80;
const MAX_BASE64 = 4_096;

/** A dead letter with its record, as lines for people. What strangers wrote cannot move the cursor. */
export function pageOf(deadLetter: Shown): string[] {
  const { id, stream, client, state, reason, detail, created_at: acceptedAt, position, record } = deadLetter;
  const place = Object.entries(position).map(([name, value]) => `${name.replace('_', ' ')} ${value}`);
  const fields: [string, string][] = [
    ['id', id],
    ['stream', stream],
    ['client', client],
    ['state', state],
    ['reason', reason],
    ['detail', detail],
    ['accepted', acceptedAt],
    ['position', place.join(', ')],
  ];
  if (record) {
    fields.push(['timestamp', record.timestamp], ['key', shown(record.key)]);
    for (const { name, value } of record.headers) fields.push([`header ${name}`, shown(value)]);
    fields.push([deadLetter.is_cut ? 'value (cut)' : 'value', shown(record.value)]);
  }
  const lines = fields.map(([name, text]) => [printable(name, MAX_NAME), printable(text, MAX_TEXT)] as const);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

function shown(bytes: Bytes): string {
  if (bytes === null) return '(none)';
  if (bytes.text !== undefined) return bytes.text;
  const { base64 } = bytes;
  return `base64 ${base64.length > MAX_BASE64 ? `${base64.slice(0, MAX_BASE64)}…` : base64}`;
}
