const UNFIT = /[\p{C}\p{Z}"\\]/u;

/**
 * A stranger's text, fit to stand in a message, a log line or a column: in double quotes, with quotes, backslashes and
 * everything that does not print (controls, NUL, direction marks, lone surrogates) escaped as JavaScript does, and cut
 * with `…` where it would grow longer than `maxLength` characters.
 */
export function quoted(text: string, maxLength = 80): string {
  let shown = '';
  for (const character of text) {
    const fit = character === ' ' || !UNFIT.test(character) ? character : escaped(character);
    if (shown.length + fit.length > maxLength) return `"${shown}…"`;
    shown += fit;
  }
  return `"${shown}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
