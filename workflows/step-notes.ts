/** The line that a step's result becomes on the board. */
import { dataSummary, guardText } from '../contracts/data-texts.ts';
import { counted } from '../contracts/count.ts';
import type { GateResult } from '../contracts/gate.ts';
import { reasonWords } from '../contracts/gate-words.ts';
import { learningNotes } from '../contracts/learning-notes.ts';
import { leftOutText } from '../contracts/left-out.ts';
import type { PromotionResult } from '../contracts/run-result.ts';
import type {
  EncoderRef,
  FineTuneResult,
  IndexResult,
  MineResult,
  ReadGuardsResult,
  SplitResult,
} from '../contracts/steps.ts';

/** What a smaller precision costs, as the exporter measured it. */
export function exportNote({ precision, device, parity }: EncoderRef): string {
  const { maxDifference, meanCosine, minCosine } = parity;
  if (precision === 'fp32') return `fp32 on ${device}, within ${maxDifference.toExponential(0)} of PyTorch`;
  return `${precision} on ${device}, cosine ${meanCosine.toFixed(4)} with fp32, ${minCosine.toFixed(4)} at the least`;
}

export function fineTuneNote(result: FineTuneResult): string {
  const { steps, bestStep, stoppedEarly, memoryMicroBatch } = result;
  const parts = [
    `${counted(steps, 'step')}${stoppedEarly ? ', stopped early' : ''}${bestStep === null ? '' : `, best at ${bestStep}`}`,
  ];
  if (memoryMicroBatch !== null)
    parts.push(
      `out of memory: computed in parts of ${counted(memoryMicroBatch, 'pair')}; same loss, other rounding and dropout`,
    );
  return [...parts, ...learningNotes(result)].join('; ');
}

export function indexNote({ vectors, factory, recallAt10 }: IndexResult): string {
  const recall = recallAt10 === null ? 'exact' : `recall@10 ${recallAt10.toFixed(3)} of exact search`;
  return `${counted(vectors, 'vector')}, ${factory}, ${recall}`;
}

export function mineNote({ train, candidates, suspects, filledUp }: MineResult): string {
  const share = (100 * suspects) / candidates;
  return `${counted(train.rows, 'row')}, ${share.toFixed(1)} % suspected false negatives${filledUp > 0 ? `, ${filledUp} filled up` : ''}`;
}

export function splitNote({ train, dev, test, cleaning, profile }: SplitResult): string {
  const left = cleaning.rows - cleaning.kept;
  // Results of version 1 of the step have no profile.
  const about = profile ? dataSummary(profile) : left > 0 ? `${left} rows left out` : '';
  return `${train.rows} train, ${dev.rows} dev, ${test.rows} test${about === '' ? '' : `; ${about}`}`;
}

export function guardNote({ guards }: ReadGuardsResult): string {
  return Object.entries(guards)
    .map(([name, { rows, queries, passages }]) => `${name}: ${guardText({ rows: rows.rows, queries, passages })}`)
    .join('; ');
}

export function referenceName({ reference }: GateResult): string {
  return reference.kind === 'base' ? 'the base model' : `champion ${reference.revision}`;
}

/** What a promotion rests on is the gain; any other verdict, the first clause that was not met. */
function decidingReason({
  verdict,
  reasons,
}: GateResult['verdict']): GateResult['verdict']['reasons'][number] | undefined {
  if (verdict === 'promote') return reasons.find(({ clause }) => clause === 'gain');
  return reasons.find(({ outcome }) => outcome === (verdict === 'reject' ? 'failed' : 'undecided'));
}

/** The verdict, and the clause that made it. */
export function verdictNote(gate: GateResult): string {
  const { verdict } = gate;
  const reason = decidingReason(verdict);
  const left = leftOutText(gate);
  return `${verdict.verdict}, against ${referenceName(gate)}${reason ? `: ${reasonWords(reason, verdict)}` : ''}${left === null ? '' : `; ${left}`}`;
}

export function promotionNote(promotion: PromotionResult | null): string {
  if (!promotion) return 'the champion has changed: judged again';
  const { state, by, revision, note } = promotion;
  const why = note === null ? '' : `: ${note}`;
  switch (state) {
    case 'promoted':
      return `champion ${revision}, by ${by}${why}`;
    case 'refused':
      return `refused by ${by}${why}`;
    case 'expired':
      return 'nobody answered in time';
    case 'off':
      return 'promote is never';
    case 'kept':
    default:
      return `the champion stays${why}`;
  }
}
