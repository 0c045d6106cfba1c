import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printable, quoted } from './quoted.ts';

const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 200 })
  .map((codes) => String.fromCodePoint(...codes));

describe('quoted', () => {
  it('leaves what prints alone', () => {
    assert.equal(quoted('2021-04-16 é 漢 😀'), '"2021-04-16 é 漢 😀"');
  });

  it('escapes what ends the quotes and what does not print', () => {
    assert.equal(quoted('a"b\\c'), String.raw`"a\"b\\c"`);
    assert.equal(quoted('\0\n\u007f\u0085'), String.raw`"\u0000\u000a\u007f\u0085"`);
    assert.equal(quoted('\u202eabc\u2028\u00a0\ufeff'), String.raw`"\u202eabc\u2028\u00a0\ufeff"`);
    assert.equal(quoted('\ud800'), String.raw`"\ud800"`);
    assert.equal(quoted('\u{e0001}'), String.raw`"\u{e0001}"`);
  });

  it('cuts between characters, never within an escape or a surrogate pair', () => {
    assert.equal(quoted('abcdef', 3), '"abc…"');
    assert.equal(quoted('abc', 3), '"abc"');
    assert.equal(quoted('ab\n', 4), '"ab…"');
    assert.equal(quoted('ab😀', 3), '"ab…"');
  });

  it('is bounded, well-formed and of one line, whatever it is given', () => {
    fc.assert(
      fc.property(anyText, fc.nat(100), (text, maxLength) => {
        for (const shown of [quoted(text, maxLength), printable(text, maxLength)]) {
          assert.ok(shown.length <= maxLength + 3);
          assert.ok(shown.isWellFormed());
          assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\u2028\u2029]/u);
        }
      }),
    );
  });
});

describe('printable', () => {
  it('leaves the quotes inside a message alone', () => {
    assert.equal(printable('must be "x"\n', 80), String.raw`must be "x"\u000a`);
  });
});
