/** `readGuards`: judged pairs out of a guard set's file, and what is wrong with one. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromJsonLines } from '../../activities/json-lines.ts';
import { createReadGuards } from '../../activities/read-guards.ts';
import { INVALID_DATA } from '../../contracts/failures.ts';
import { gateSection } from '../../contracts/gate.ts';
import type { GuardSet, StepOutcome, ReadGuardsResult } from '../../contracts/steps.ts';
import { activityDeps, runActivity, type TestDeps } from '../fixtures/activity-deps.ts';

const COLUMNS = { query: 'query', passage: ['title', 'text'], grade: 'grade' };

interface Guard {
  readonly content: string;
  readonly format?: 'jsonl' | 'csv';
  readonly columns?: object;
}

async function read(deps: TestDeps, guards: Readonly<Record<string, Guard>>): Promise<StepOutcome<ReadGuardsResult>> {
  const files: Parameters<ReturnType<typeof createReadGuards>>[0]['files'] = {};
  for (const [name, { content, format = 'jsonl' }] of Object.entries(guards)) {
    const path = join(deps.folder, name);
    await writeFile(path, content);
    files[name] = { ...(await deps.artifacts.putFile(path)), format };
  }
  const rules = Object.entries(guards).map(
    ([name, { columns = COLUMNS }]) => [name, { data: { source: `${name}.jsonl`, columns } }] as const,
  );
  const gate = gateSection.parse({ guards: Object.fromEntries(rules) });
  return runActivity(createReadGuards(deps), { files, guards: gate.guards });
}

const lines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const row = (query: string, title: string, text: string, grade: unknown) => ({ query, title, text, grade });

async function rowsOf(deps: TestDeps, guard: GuardSet | undefined): Promise<unknown[]> {
  assert.ok(guard);
  return fromJsonLines(await deps.artifacts.getBytes(guard.rows));
}

describe('readGuards', () => {
  it('joins the passage of its columns, leaves out empty rows, and takes the highest of repeated grades', async () => {
    const deps = activityDeps();
    const content = lines([
      row('a', ' t1 ', 'x', 1),
      row(' ', 't2', 'x', 'no grade'),
      row('b', '', ' ', null),
      row('a', 't1', ' x', 3),
      row('b', 't1', 'x', 0),
      row('c', 't3', '', 2),
    ]);
    const { result } = await read(deps, { civil: { content } });
    assert.deepEqual(await rowsOf(deps, result.guards['civil']), [
      { query: 'a', positive: 't1, x', grade: 3 },
      { query: 'b', positive: 't1, x', grade: 0 },
      { query: 'c', positive: 't3, ', grade: 2 },
    ]);
    const { rows, queries, passages } = result.guards['civil']!;
    assert.deepEqual([rows.rows, queries, passages], [3, 2, 2]);
  });

  it('takes every row for relevant where no column has the grade, and reads several sets of several formats', async () => {
    const deps = activityDeps();
    const ungraded = {
      content: 'query,title,text\na,t1,x\nb,t2,y\n',
      format: 'csv',
      columns: { ...COLUMNS, grade: null },
    } as const;
    const graded = { content: 'query,title,text,grade\na,t1,x,2\nb,t2,y,1.0\n', format: 'csv' } as const;
    const { result } = await read(deps, { civil: ungraded, tax: graded });
    const gradesOf = async (name: string) =>
      (await rowsOf(deps, result.guards[name])).map((pair) => (pair as { grade: number }).grade);
    assert.deepEqual(await gradesOf('civil'), [1, 1]);
    assert.deepEqual(await gradesOf('tax'), [2, 1]);
  });

  it('answers from its record for the same files and columns', async () => {
    const deps = activityDeps();
    const content = lines([row('a', 't1', 'x', 1), row('a', 't2', 'y', 0)]);
    const first = await read(deps, { civil: { content } });
    const again = await read(deps, { civil: { content } });
    assert.deepEqual(again, { ...first, cached: true });
    assert.equal((await read(deps, { civil: { content, columns: { ...COLUMNS, grade: null } } })).cached, false);
  });

  it('names guard, line and value of a grade that is none', async () => {
    for (const [grade, shown] of [
      [-1, '-1'],
      [1.5, '1.5'],
      ['high', 'high'],
      [null, ''],
      [1_000_000_000, '1000000000'],
    ] as const)
      await assert.rejects(
        read(activityDeps(), { civil: { content: lines([row('', 't', 'x', 0), row('a', 't1', 'x', grade)]) } }),
        {
          type: INVALID_DATA,
          nonRetryable: true,
          message: `gate.guards.civil.data.source civil.jsonl, line 2: column "grade" holds "${shown}", but a grade is a whole number from 0 (not relevant) to 999999999`,
        },
      );
  });

  it('merges questions and passages whatever their spelling', async () => {
    const composed = row('Quel délai ?', 't', 'Un délai', 1);
    const other = row('Quel de\u0301lai\u200b ?', 't', 'Un de\u0301lai', 2);
    const content = lines([composed, other, row('b', 't', 'y', 1)]);
    const { result } = await read(activityDeps(), { civil: { content } });
    const { rows, queries, passages } = result.guards['civil']!;
    assert.deepEqual([rows.rows, queries, passages], [2, 2, 2]);
  });

  it('refuses a set that nothing can be measured on, and names it', async () => {
    const ofGrades = (...grades: number[]) => ({
      content: lines(grades.map((grade, at) => row('a', `t${at}`, 'x', grade))),
    });
    const fine = ofGrades(1, 0);
    await assert.rejects(read(activityDeps(), { civil: fine, tax: ofGrades(0, 0) }), {
      type: INVALID_DATA,
      message: /^gate\.guards\.tax\.data\.source tax\.jsonl has no relevant passage/,
    });
    await assert.rejects(read(activityDeps(), { civil: ofGrades(1), tax: fine }), {
      type: INVALID_DATA,
      message: /^gate\.guards\.civil\.data\.source civil\.jsonl has 1 passage: /,
    });
  });
});
