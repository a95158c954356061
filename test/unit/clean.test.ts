/** core/clean, core/normalize-text and core/corpus: from rows to pairs to passages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanRows } from '../../core/clean.ts';
import { buildCorpus, countSharedPassages } from '../../core/corpus.ts';
import { normalizeText, strip, textIdentity } from '../../core/normalize-text.ts';
import { readVectors } from '../vectors/read-vectors.ts';

const vectors = readVectors('white-space') as {
  readonly spaces: readonly number[];
  readonly texts: readonly [text: string, stripped: string, collapsed: string][];
};

describe('normalizeText and strip', () => {
  test('take exactly the characters for white space that Python does', () => {
    const spaces: number[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (normalizeText(`a${String.fromCodePoint(code)}b`) === 'a b') spaces.push(code);
    }
    assert.deepEqual(spaces, vectors.spaces);
  });

  test('give what Python gives', () => {
    for (const [text, stripped, collapsed] of vectors.texts) {
      assert.equal(strip(text), stripped);
      assert.equal(normalizeText(text), collapsed);
    }
  });
});

const TWINS = [
  'Le délai',
  'Le délai'.normalize('NFD'),
  'Le\u200b dé\u00adlai',
  ' Le\u00a0de\u0301lai\ufeff',
  'Le dé\x01lai',
];

describe('textIdentity', () => {
  test('is one for composed and decomposed characters, and whatever shows nothing', () => {
    for (const twin of TWINS) assert.equal(textIdentity(twin), 'Le délai');
    assert.equal(textIdentity('ﬁn de l’année 1²'), textIdentity('fin de l’année 12'));
    assert.equal(textIdentity('\u200b\u00ad\ufeff'), '');
  });

  test('tells case, accents and punctuation apart, and separates words at white space that is a control character', () => {
    for (const other of ['Le delai', 'le délai', 'Le délai.', 'Ledélai'])
      assert.notEqual(textIdentity(other), 'Le délai');
    assert.equal(textIdentity('Le\tdélai\x1f\x85'), 'Le délai');
  });

  test('is what normalizeText gives for plain text', () => {
    for (const text of [' a  b ', 'a\nb', 'a-b']) assert.equal(textIdentity(text), normalizeText(text));
  });
});

describe('cleanRows', () => {
  test('strips and joins the passage columns, and leaves the query as it is', () => {
    const { pairs } = cleanRows([{ query: ' Quel délai ? ', passage: [' Code civil, art. 1 ', '\nLe délai…\u00a0'] }], {
      dropDuplicates: false,
      unifySpelling: false,
    });
    assert.deepEqual(pairs, [{ query: ' Quel délai ? ', positive: 'Code civil, art. 1, Le délai…' }]);
  });

  test('leaves the comma of an empty column, as the reference does', () => {
    const { pairs } = cleanRows([{ query: 'q', passage: ['titre', '  '] }], {
      dropDuplicates: false,
      unifySpelling: false,
    });
    assert.equal(pairs[0]?.positive, 'titre, ');
  });

  const rows = [
    { query: 'q1', passage: ['a', 'b'] },
    { query: ' ', passage: ['a', 'b'] },
    { query: 'q2', passage: ['\t', ''] },
    { query: '', passage: ['', ''] },
    { query: 'q1', passage: ['a ', ' b'] },
    { query: 'q1', passage: ['a', 'c'] },
  ];

  test('counts what it leaves out, and names the source row of what it keeps', () => {
    const { source, counts } = cleanRows(rows, { dropDuplicates: true, unifySpelling: false });
    assert.deepEqual(counts, { rows: 6, emptyQuery: 2, emptyPositive: 1, duplicates: 1, kept: 2 });
    assert.deepEqual([...source], [0, 5]);
  });

  test('counts duplicates but keeps them unless told otherwise', () => {
    const { source, counts } = cleanRows(rows, { dropDuplicates: false, unifySpelling: false });
    assert.deepEqual(counts, { rows: 6, emptyQuery: 2, emptyPositive: 1, duplicates: 1, kept: 3 });
    assert.deepEqual([...source], [0, 4, 5]);
  });

  test('unifies spellings when asked: each text as it was seen first, whichever column it stood in', () => {
    const twins = TWINS.map((text, index) => ({ query: `q${index}`, passage: [text] }));
    const { pairs } = cleanRows([...twins, { query: TWINS[2]!, passage: ['p'] }], {
      dropDuplicates: false,
      unifySpelling: true,
    });
    assert.deepEqual([...new Set(pairs.slice(0, -1).map(({ positive }) => positive))], ['Le délai']);
    assert.equal(pairs.at(-1)?.query, 'Le délai');
  });

  test('takes a repetition in another spelling, and a text that shows nothing, for what they are when it unifies', () => {
    const spelled = [
      { query: 'q', passage: [TWINS[0]!] },
      { query: 'q\u200b', passage: [TWINS[1]!] },
      { query: '\u200b', passage: ['p'] },
      { query: 'q', passage: ['\u00ad', ' '] },
    ];
    const counts = (unifySpelling: boolean) => cleanRows(spelled, { dropDuplicates: true, unifySpelling }).counts;
    assert.deepEqual(counts(true), { rows: 4, emptyQuery: 1, emptyPositive: 1, duplicates: 1, kept: 1 });
    assert.deepEqual(counts(false), { rows: 4, emptyQuery: 0, emptyPositive: 0, duplicates: 0, kept: 4 });
  });

  test('does not confuse pairs whose texts run together alike', () => {
    const { counts } = cleanRows(
      [
        { query: 'ab', passage: ['c'] },
        { query: 'a', passage: ['bc'] },
      ],
      {
        dropDuplicates: true,
        unifySpelling: false,
      },
    );
    assert.equal(counts.duplicates, 0);
  });
});

describe('buildCorpus', () => {
  test('keeps each passage once, in first-seen order and spelling', () => {
    const pairs = ['B  b', 'A', 'B b', ' A ', 'C'].map((positive) => ({ positive }));
    const { passages, gold } = buildCorpus(pairs);
    assert.deepEqual(passages, ['B  b', 'A', 'C']);
    assert.deepEqual([...gold], [0, 1, 0, 1, 2]);
  });
});

describe('countSharedPassages', () => {
  test('counts passages of more than one part, each once, and none that repeats within its part', () => {
    const part = (...texts: string[]): { positive: string }[] => texts.map((positive) => ({ positive }));
    assert.equal(countSharedPassages([part('a', 'a', 'b'), part('b  ', 'c'), part('b', 'c', 'd', 'd')]), 2);
  });
});
