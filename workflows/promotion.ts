/** What follows the verdict: the candidate becomes the champion, waits for a person, or does not. */
import { workflowInfo } from '@temporalio/workflow';
import type { Candidate, ChampionEntry } from '../contracts/champion.ts';
import type { GateResult } from '../contracts/gate.ts';
import type { PromotionResult } from '../contracts/run-result.ts';
import { notifyWaiting } from './notified.ts';
import type { RunState } from './run-state.ts';
import { promotionNote } from './step-notes.ts';

const HOUR_MS = 3_600_000;

export interface Approved {
  readonly by: string;
  readonly note: string | null;
}

const UNDECIDED = { by: null, at: null, note: null, revision: null };

/** What becomes of a candidate that lost every race for the champion's place. */
export const LOST: PromotionResult = {
  ...UNDECIDED,
  state: 'kept',
  note: 'other runs moved the champion again and again while this one was judged',
};

export interface Deciding<Moved> {
  readonly candidate: Candidate;
  /** That the candidate was measured against; null: there was none. */
  readonly champion: ChampionEntry | null;
  /** Decided before, about the same verdict; null: nothing was. */
  readonly earlier: PromotionResult | null;
  /** What to do for a candidate that is to be promoted. */
  readonly move: (approved: Approved) => Moved | Promise<Moved>;
}

export async function decided<Moved extends PromotionResult | null>(
  run: RunState,
  { verdict }: GateResult,
  { candidate, champion, earlier, move }: Deciding<Moved>,
): Promise<PromotionResult | Moved> {
  const decide = async (): Promise<PromotionResult | Moved> => {
    if (earlier) return earlier;
    const { promote, approvalHours } = run.config;
    if (promote === 'never') return { ...UNDECIDED, state: 'off' };
    if (verdict.verdict !== 'promote') {
      const isSame = champion?.encoder.digest === candidate.encoder.digest;
      return { ...UNDECIDED, state: 'kept', by: 'gate', note: isSame ? 'the candidate is the champion already' : null };
    }
    if (promote === 'auto') return move({ by: 'gate', note: null });
    run.board.note('promote', 'waits for an approval');
    const waiting = approvalHours * HOUR_MS;
    notifyWaiting(run.prepared, {
      until: Date.now() + waiting,
      metrics: run.progress.metrics,
      steps: run.board.steps,
    });
    const answer = await run.control.approval(waiting);
    if (!answer) return { ...UNDECIDED, state: 'expired' };
    if (answer.approved) return move(answer);
    const { by, note, at } = answer;
    return { state: 'refused', by, at: new Date(at).toISOString(), note, revision: null };
  };
  const { workflowId, runId } = workflowInfo();
  const own = { cached: false, name: '', key: '', madeBy: { workflowId, runId } };
  return run.board.run('promote', async () => ({ ...own, result: await decide() }), promotionNote);
}
