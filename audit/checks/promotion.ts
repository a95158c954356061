/** Check `promotion`: what followed the verdict is what configuration and verdict allow, and the champion file tells it. */
import { CHAMPION_KEY } from '../../adapters/champion/champion-store.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import type { AuditedRun } from '../audited-run.ts';
import { promotionDifferences, readChampions } from '../champions.ts';
import type { Difference, Finding } from '../check.ts';

export async function checkPromotion(run: AuditedRun): Promise<Finding> {
  const { record, store } = run;
  const object = run.key(RUN_FILES.record);
  const { entries, differences } = await readChampions(store);
  return {
    count: entries?.length ?? 0,
    unit: 'moves of the champion',
    bytes: null,
    note: entries === null ? `${CHAMPION_KEY} is not here: what the record says of it is not compared` : null,
    differences: [
      ...ruleDifferences(record, object),
      ...differences,
      ...(differences.length > 0 ? [] : promotionDifferences(record, entries ?? []).filter(() => entries !== null)),
    ],
  };
}

/** Who may have decided what, by `promote` and the verdict. */
function ruleDifferences({ config, gate, promotion }: RunRecord, object: string): Difference[] {
  const { state, by, at, revision } = promotion;
  const passed = gate.verdict.verdict === 'promote';
  const allowed = allowedStates(config.promote, passed);
  const of = (place: string, expected: string, found: unknown): Difference => ({
    object,
    place: `promotion.${place}`,
    expected,
    found: String(found),
  });
  const answered = state === 'promoted' || state === 'refused';
  return [
    ...(allowed.includes(state) ? [] : [of('state', allowed.join(' or '), state)]),
    ...((revision !== null) === (state === 'promoted') ? [] : [of('revision', 'one of a promotion alone', revision)]),
    ...((at !== null) === answered ? [] : [of('at', answered ? 'when it was decided' : 'null', at)]),
    ...(state === 'promoted' && (by === 'gate') !== (config.promote === 'auto')
      ? [of('by', config.promote === 'auto' ? 'gate' : 'the name of a person', by)]
      : []),
    ...((by !== null) === (answered || (state === 'kept' && !passed))
      ? []
      : [of('by', answered ? 'a name' : 'null', by)]),
  ];
}

function allowedStates(promote: RunRecord['config']['promote'], passed: boolean): readonly string[] {
  if (promote === 'never') return ['off'];
  if (!passed) return ['kept'];
  // Kept: other runs moved the champion again and again.
  return promote === 'auto' ? ['promoted', 'kept'] : ['promoted', 'refused', 'expired', 'kept'];
}
