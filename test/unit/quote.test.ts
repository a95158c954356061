/** How messages quote what files and inputs hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundMessage, LONGEST_MESSAGE, printable, quoteNames, quoteText } from '../../contracts/quote.ts';

describe('quoting in messages', () => {
  it('shows control characters, changes of direction and lone surrogates as escapes', () => {
    assert.equal(printable('a\u001b[2J\u0007\r\n\t\0\u007f\u0085'), 'a\\x1b[2J\\x07\\r\\n\\t\\x00\\x7f\\x85');
    assert.equal(printable('é\u202e\u2028\u2066\ufeff😀\ud83d'), 'é\\u202e\\u2028\\u2066\\ufeff😀\\ud83d');
  });

  it('cuts a name to 60 characters, and never within one', () => {
    assert.equal(quoteText('x'.repeat(60)), 'x'.repeat(60));
    assert.equal(quoteText('x'.repeat(61)), `${'x'.repeat(59)}…`);
    assert.equal(quoteText('😀'.repeat(60)), '😀'.repeat(60));
    assert.equal(quoteText('😀'.repeat(7_000_000)), `${'😀'.repeat(59)}…`);
    assert.equal(quoteText('\r'.repeat(100)).length, 60);
  });

  it('lists 12 names, and counts the others', () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `column_${index}`);
    assert.equal(quoteNames(names.slice(0, 12)), names.slice(0, 12).join(', '));
    assert.match(quoteNames(names), /^column_0, .*, column_11 and 199988 more$/);
    assert.ok(quoteNames(names.slice(0, 20).map((name) => name.repeat(100_000))).length < 800);
    assert.equal(quoteNames([]), 'none');
  });

  it('bounds a message in bytes, keeping its beginning, its length and its end', () => {
    const short = 'line 1\nline 2';
    assert.equal(boundMessage(short), short);
    for (const filler of ['x', 'é', '😀', '\u001b']) {
      const bound = boundMessage(`data.source is wrong: ${filler.repeat(7_000_000)} do this`);
      assert.ok(Buffer.byteLength(bound) <= LONGEST_MESSAGE, filler);
      assert.match(bound, /^data\.source is wrong: .* … \(\d+ characters\) … .* do this$/);
      assert.equal(Buffer.from(bound).toString(), bound);
    }
  });
});
