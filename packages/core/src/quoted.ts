const UNPRINTABLE = /[\p{C}\p{Z}]/u;

/**
 * A stranger's text, fit to stand in a message, a log line or a column: in double quotes, with quotes, backslashes and
 * everything that does not print escaped, cut with `…` at `maxLength` characters.
 */
export function quoted(text: string, maxLength = 80): string {
  return `"${shown(text, maxLength, (character) => character === '"' || character === '\\')}"`;
}

/** A message that may hold a stranger's text: like `quoted`, without the quotes and with those inside left alone. */
export function printable(text: string, maxLength: number): string {
  return shown(text, maxLength, () => false);
}

/** Escapes controls, NUL, direction marks, lone surrogates and odd spaces as JavaScript does. */
function shown(text: string, maxLength: number, isSyntax: (character: string) => boolean): string {
  let shown = '';
  for (const character of text) {
    const fit = isSyntax(character) ? `\\${character}` : isPrintable(character) ? character : escaped(character);
    if (shown.length + fit.length > maxLength) return `${shown}…`;
    shown += fit;
  }
  return shown;
}

const isPrintable = (character: string): boolean => character === ' ' || !UNPRINTABLE.test(character);

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
