import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { LiveScreen } from '../../cli/render/live-screen.ts';

function screen(): { live: LiveScreen; written: () => string } {
  const out = new PassThrough({ encoding: 'utf8' });
  return { live: new LiveScreen(out), written: () => (out.read() as string | null) ?? '' };
}

test('the first frame moves the cursor nowhere', () => {
  const { live, written } = screen();
  live.draw(['a', 'b'], 80);
  assert.ok(!/\[\d+A/.test(written()));
});

test('the next frame begins where the last one began', () => {
  const { live, written } = screen();
  live.draw(['a', 'b', 'c'], 80);
  written();
  live.draw(['d'], 80);
  assert.ok(written().includes('\u001b[3A\r\u001b[2Kd\n\u001b[J'));
});

test('lines that a narrower window has wrapped are counted as the rows they take', () => {
  const { live, written } = screen();
  live.draw(['x'.repeat(100), '\u001b[31my\u001b[39m'], 120);
  written();
  live.draw(['z'], 40);
  assert.ok(written().includes('\u001b[4A'));
});
