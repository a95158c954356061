/** One run as a list of runs shows it. */
import { z } from 'zod';
import type { ChampionFile } from '../../contracts/champion.ts';
import type { GateVerdict } from '../../contracts/gate.ts';
import type { PromotionResult } from '../../contracts/run-result.ts';
import { runName } from '../../contracts/run-name.ts';
import { runRecord } from '../../contracts/run-record.ts';

const NDCG = 'retrieval/nDCG@10';

export const VERDICTS = ['promote', 'reject', 'inconclusive'] as const satisfies readonly GateVerdict['verdict'][];

export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly preset: string;
  /** What the run is called. */
  readonly name: string;
  /** As the input names it. */
  readonly baseModel: string;
  readonly data: { readonly source: string; readonly sha256: string };
  /** nDCG@10 on the test part; null where a record has none. */
  readonly before: number | null;
  readonly after: number | null;
  readonly verdict: GateVerdict['verdict'];
  readonly promotion: PromotionResult['state'];
  /** now: the champion is this run's model; earlier: it was; null: it never was. */
  readonly champion: 'now' | 'earlier' | null;
  /** IDs of the keys that the attestation says it is signed with: nobody has verified it here. */
  readonly signedBy: readonly string[];
  readonly tags: readonly string[];
}

/** Steps and environments are most of a record, and no part of a list: ten thousand records are read without them. */
const summarised = z.object(
  runRecord.pick({
    schema: true,
    workflowId: true,
    runId: true,
    startedAt: true,
    finishedAt: true,
    config: true,
    sources: true,
    metrics: true,
    gate: true,
    promotion: true,
  }).shape,
);
type Summarised = z.infer<typeof summarised>;

/** What the bucket says of a run beside its record. */
interface Surroundings extends Pick<RunSummary, 'signedBy' | 'tags'> {
  readonly champions: ChampionFile | null;
}

/**
 * @param bytes record.json as `writeRecord` wrote it
 * @throws {SyntaxError} when it is no JSON
 * @throws {z.ZodError} when a part that the summary needs is missing or of another form
 */
export function summaryOf(bytes: Uint8Array, { signedBy, tags, champions }: Surroundings): RunSummary {
  const record = summarised.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return {
    workflowId: record.workflowId,
    runId: record.runId,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    preset: record.config.preset,
    name: runName(record.config),
    baseModel: record.config.model.source,
    data: { source: record.config.data.source, sha256: record.sources.data.sha256 },
    before: record.metrics.base[NDCG] ?? null,
    after: record.metrics.fineTuned[NDCG] ?? null,
    verdict: record.gate.verdict.verdict,
    promotion: record.promotion.state,
    champion: championship(record, champions),
    signedBy,
    tags,
  };
}

function championship(record: Summarised, champions: ChampionFile | null): RunSummary['champion'] {
  const entries = champions?.entries ?? [];
  const position = entries.findIndex(({ run }) => run.workflowId === record.workflowId && run.runId === record.runId);
  if (position < 0) return null;
  return position === 0 ? 'now' : 'earlier';
}
