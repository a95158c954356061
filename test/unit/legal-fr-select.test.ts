/** examples/legal-fr: which rows are kept, and in what order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LegalRow } from '../../examples/legal-fr/row.ts';
import { PASSAGE_LENGTH, selectRows } from '../../examples/legal-fr/select.ts';

let made = 0;
function row(part: Partial<LegalRow> = {}): LegalRow {
  made += 1;
  return {
    input: '',
    output: `Passage ${made} `.padEnd(PASSAGE_LENGTH.min, '.'),
    start: '',
    expiration: '',
    num: '',
    query: `Question ${made} ?`,
    id: `row:${made}`,
    kind: 'question_fiche',
    source: '',
    licence: '',
    ...part,
  };
}

describe('selecting rows', () => {
  test('leaves out passages that are too short or too long, and keeps those at the limits', () => {
    const { rows, refused } = selectRows([
      row({ output: 'a'.repeat(PASSAGE_LENGTH.min - 1) }),
      row({ output: 'b'.repeat(PASSAGE_LENGTH.min) }),
      row({ output: 'c'.repeat(PASSAGE_LENGTH.max) }),
      row({ output: 'd'.repeat(PASSAGE_LENGTH.max + 1) }),
    ]);
    assert.deepEqual(rows.map(({ output }) => output.slice(0, 1)).toSorted(), ['b', 'c']);
    assert.equal(refused['too short'], 1);
    assert.equal(refused['too long'], 1);
  });

  test('leaves out questions that ask for an address or a link', () => {
    const asked = [
      'Divorce : Où s’adresser ?',
      'Aides : Qui contacter ?',
      'Pour en savoir plus ?',
      'Qui est concerné ?',
    ];
    const { rows, refused } = selectRows(asked.map((query) => row({ query })));
    assert.deepEqual(
      rows.map(({ query }) => query),
      ['Qui est concerné ?'],
    );
    assert.equal(refused['asks for a contact'], 3);
  });

  test('keeps the first by id of rows that share a passage or a query, whatever the case', () => {
    const output = row().output;
    const { rows, refused } = selectRows([
      row({ id: 'b', output: output.toUpperCase() }),
      row({ id: 'a', output }),
      row({ id: 'd', query: 'Combien ?' }),
      row({ id: 'c', query: 'combien ?' }),
    ]);
    assert.deepEqual(rows.map(({ id }) => id).toSorted(), ['a', 'c']);
    assert.equal(refused['repeated passage'], 1);
    assert.equal(refused['repeated query'], 1);
  });

  test('the order depends on the ids alone, and is not theirs', () => {
    const candidates = Array.from({ length: 200 }, (_, index) => row({ id: `row:${String(index).padStart(3, '0')}` }));
    const ids = selectRows(candidates).rows.map(({ id }) => id);
    assert.deepEqual(
      selectRows(candidates.toReversed()).rows.map(({ id }) => id),
      ids,
    );
    const fromFirstHalf = ids.slice(0, 100).filter((id) => id < 'row:100').length;
    assert.ok(fromFirstHalf > 30 && fromFirstHalf < 70, `${fromFirstHalf} of the first 100 are from the first half`);
  });
});
