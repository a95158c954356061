/** The texts of a part, found again in its file by their places. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { toJsonLines } from '../../activities/json-lines.ts';
import { TextTable } from '../../activities/text-table.ts';
import { positionsOf } from '../../core/radix-order.ts';
import { packTextKeys } from '../../core/text-key.ts';

interface Pair {
  readonly query: string;
  readonly positive: string;
}

const prefixes = { query: 'query: ', passage: 'passage: ' };
const folder = await mkdtemp(join(tmpdir(), 'veille-text-table-'));
after(() => rm(folder, { recursive: true }));

async function fileOf(pairs: readonly Pair[]): Promise<string> {
  const path = join(folder, 'part.jsonl');
  await writeFile(path, toJsonLines(pairs));
  return path;
}

describe('TextTable', () => {
  it('has each text of the part once, with its key and length, and reads it back', async () => {
    // Few words, so that texts repeat on the same side, on the other, and across prefixes.
    const text = fc.oneof(
      fc.constantFrom('a', 'é\n', '"\u2028', 'query: a', ''),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    );
    const pair = fc.record({ query: text, positive: text });
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 40 }), async (pairs) => {
        const expected = [
          ...new Set(pairs.flatMap(({ query, positive }) => [`query: ${query}`, `passage: ${positive}`])),
        ];
        await TextTable.use(await fileOf(pairs), prefixes, async (table) => {
          assert.deepEqual(Buffer.from(table.keys), Buffer.from(packTextKeys(expected)));
          assert.deepEqual(
            [...table.bytes],
            expected.map((value) => Buffer.byteLength(value)),
          );
          const backwards = positionsOf(expected.length).toReversed();
          assert.deepEqual(await table.textsAt(backwards), expected.toReversed());
        });
      }),
      { numRuns: 50 },
    );
  });

  it('reads lines that are longer than a block, and blocks that end within a line', async () => {
    const pairs = [0, 700_000, 3_000_000, 400_000, 1].map((length, row) => ({
      query: `${row} ${'é'.repeat(length)}`,
      positive: `réponse ${row}`,
    }));
    const texts = pairs.flatMap(({ query, positive }) => [`query: ${query}`, `passage: ${positive}`]);
    await TextTable.use(await fileOf(pairs), prefixes, async (table) => {
      assert.deepEqual(Buffer.from(table.keys), Buffer.from(packTextKeys(texts)));
      assert.deepEqual(await table.textsAt(positionsOf(texts.length)), texts);
    });
  });
});
