/** What follows the verdict: the candidate becomes the champion, waits for a person, or does not. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CpuActivities } from '../contracts/activities.ts';
import type { Candidate, ChampionEntry } from '../contracts/champion.ts';
import type { GateResult } from '../contracts/gate.ts';
import type { PromotionResult } from '../contracts/run-result.ts';
import { CPU } from './options.ts';
import type { RunState } from './run-state.ts';
import { promotionNote } from './step-notes.ts';

const cpu = proxyActivities<CpuActivities>(CPU);

const HOUR_MS = 3_600_000;

interface Decision {
  readonly by: string;
  readonly note: string | null;
}

/**
 * @param champion that the candidate was measured against; null: there was none
 * @param mayJudgeAgain whether the caller takes up a lost race
 * @returns null when the champion has changed meanwhile, so that the verdict is about another one
 */
export async function promoted(
  run: RunState,
  { verdict }: GateResult,
  candidate: Candidate,
  champion: ChampionEntry | null,
  mayJudgeAgain: boolean,
): Promise<PromotionResult | null> {
  const undecided = { by: null, at: null, note: null, revision: null };
  const move = async ({ by, note }: Decision): Promise<PromotionResult | null> => {
    const expected = champion?.revision ?? null;
    const entry = await cpu.promoteCandidate({ candidate, expected, by, note });
    if (entry) return { state: 'promoted', by, at: entry.at, note, revision: entry.revision };
    const lost = 'other runs moved the champion again and again while this one was judged';
    return mayJudgeAgain ? null : { ...undecided, state: 'kept', note: lost };
  };
  const decide = async (): Promise<PromotionResult | null> => {
    const { promote, approvalHours } = run.config;
    if (promote === 'never') return { ...undecided, state: 'off' };
    if (verdict.verdict !== 'promote') {
      const isSame = champion?.encoder.digest === candidate.encoder.digest;
      return { ...undecided, state: 'kept', by: 'gate', note: isSame ? 'the candidate is the champion already' : null };
    }
    if (promote === 'auto') return move({ by: 'gate', note: null });
    run.board.note('promote', 'waits for an approval');
    const answer = await run.control.approval(approvalHours * HOUR_MS);
    if (!answer) return { ...undecided, state: 'expired' };
    if (answer.approved) return move(answer);
    const { by, note, at } = answer;
    return { state: 'refused', by, at: new Date(at).toISOString(), note, revision: null };
  };
  const { workflowId, runId } = workflowInfo();
  const own = { cached: false, name: '', key: '', madeBy: { workflowId, runId } };
  return run.board.run('promote', async () => ({ ...own, result: await decide() }), promotionNote);
}
