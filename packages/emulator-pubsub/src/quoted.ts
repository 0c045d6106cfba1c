const UNPRINTABLE = /[\p{C}\p{Z}]/u;

/** A stranger's text, fit to stand in an answer or a log line: in double quotes, escaped, cut at `maxLength` characters. */
export function quoted(text: string, maxLength = 80): string {
  let shown = '';
  for (const character of text) {
    const fit = character === '"' || character === '\\' ? `\\${character}` : printable(character);
    if (shown.length + fit.length > maxLength) return `"${shown}…"`;
    shown += fit;
  }
  return `"${shown}"`;
}

function printable(character: string): string {
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
