import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { searchResults } from '../../cli/render/search-results.ts';
import type { SearchResult } from '../../cli/search/search-result.ts';

const colors = pc.createColors(false);
const LONG = `Code civil, art. 2262, ${'La prescription a ses causes '.repeat(20)}`;

function found(more: Partial<SearchResult> = {}): SearchResult {
  return {
    question: 'Quel est le délai ?',
    workflowId: 'nightly-2026-11-24',
    runId: 'run',
    passages: 1_893,
    truncatedTo: null,
    fineTuned: [
      { rank: 1, score: 0.81234, passage: 'Code du travail, art. L1234-1, Un mois.' },
      { rank: 2, score: -0.02, passage: LONG },
    ],
    base: null,
    ...more,
  };
}

test('answers are listed with rank, score, article and passage', () => {
  const lines = searchResults(found(), { columns: 80, colors });
  assert.deepEqual(lines.slice(0, 6), [
    'Run nightly-2026-11-24, 1,893 passages',
    '',
    'Fine-tuned',
    '',
    '1   0.8123  Code du travail, art. L1234-1, Un mois.',
    '',
  ]);
});

test('a long passage is three lines, the last one cut with an ellipsis', () => {
  const lines = searchResults(found(), { columns: 80, colors }).slice(6);
  assert.equal(lines.length, 3);
  assert.ok(lines[0]?.startsWith('2  -0.0200  Code civil, art. 2262, La prescription'));
  assert.match(lines[1] ?? '', /^ {12}\S/);
  assert.match(lines[2] ?? '', /…$/);
});

test('a pipe, which has no width, gets lines that can be read', () => {
  const lines = searchResults(found(), { columns: 1_000, colors });
  assert.ok(Math.max(...lines.map(({ length }) => length)) <= 100);
});

test('line breaks and escape sequences of a passage do not reach the terminal', () => {
  const passage = 'Art. 1\n\n\u001b[2Jles faits\u0007';
  const lines = searchResults(found({ fineTuned: [{ rank: 1, score: 1, passage }] }), { columns: 80, colors });
  assert.equal(lines.at(-1), '1  1.0000  Art. 1 \\x1b[2Jles faits\\x07');
});

test('the zero-shot answers stand beside the fine-tuned ones where there is room', () => {
  const base = [{ rank: 1, score: 0.5, passage: 'Code de commerce, art. L442-1, Six mois.' }];
  const lines = searchResults(found({ base }), { columns: 120, colors });
  assert.match(lines[2] ?? '', /^Fine-tuned {51}Zero-shot$/);
  assert.match(lines[4] ?? '', /^1 {3}0\.8123 {2}Code du travail.* 1 {2}0\.5000 {2}Code de commerce/);
});

test('and below them where there is none', () => {
  const base = [{ rank: 1, score: 0.5, passage: 'Code de commerce, art. L442-1, Six mois.' }];
  const lines = searchResults(found({ base }), { columns: 80, colors });
  const titles = lines.filter((line) => line === 'Fine-tuned' || line === 'Zero-shot');
  assert.deepEqual(titles, ['Fine-tuned', 'Zero-shot']);
  assert.equal(lines.at(-1), '1  0.5000  Code de commerce, art. L442-1, Six mois.');
});

for (const columns of [20, 40, 80, 120, 300]) {
  test(`no line is wider than a terminal of ${columns} columns, colours aside`, () => {
    const { fineTuned } = found();
    for (const base of [null, fineTuned]) {
      const lines = searchResults(found({ base }), { columns, colors: pc.createColors(true) });
      const widest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
      assert.ok(widest <= columns, `${widest} > ${columns}`);
    }
  });
}
