/** What the rounds of the encode benchmark say: rates, ratios, and where the time goes. */
import type { Report } from '../benchmark.ts';
import { figure, medians } from '../figures.ts';
import { MAX_SEQ_LENGTH } from '../mini-lm.ts';
import { exactly, ratioOfMedians, summarize, type Summary } from '../statistics.ts';
import { DEFAULT_PEER, type EncodeSubjects, type Peer } from './subjects.ts';

export interface EncodeWork {
  readonly texts: number;
  readonly threads: number;
  /** Operations of the model in one pass over the texts. */
  readonly flop: number;
  readonly paddedTokens: number;
  readonly cosineMin: number;
  readonly int8CosineMin: number;
}

/** @param measured by subject and round: seconds, but FLOP a second for the matrix products */
export function toReport(
  {
    ours,
    oneSession,
    int8,
    tokenizer,
    session,
    onnxruntime,
    torch,
    ...peers
  }: Record<keyof EncodeSubjects['measures'], number[]>,
  { texts, threads, flop, paddedTokens, cosineMin, int8CosineMin }: EncodeWork,
): Report {
  const rates = Object.entries(peers).map(([name, seconds]) => figure(name, inverse(texts, seconds), 'texts/s'));
  const best = rates.reduce((a, b) => (a.median >= b.median ? a : b)).name as Peer;
  const [sgemmRuntime, sgemm] =
    summarize(onnxruntime).median >= summarize(torch).median ? ['onnxruntime', onnxruntime] : ['torch', torch];
  const achieved = ours.map((seconds) => flop / seconds);
  const other = oneSession.map((seconds, round) => seconds - (tokenizer[round] ?? 0) - (session[round] ?? 0));
  const figures = [
    figure('ours.textsPerSecond', inverse(texts, ours), 'texts/s'),
    figure('ratioToDefault', ratioOfMedians(peers[DEFAULT_PEER], ours), '', { is: '≥', bound: 1.4 }),
    figure('ratioToBest', ratioOfMedians(peers[best], ours), '', { is: '≥', bound: 1.2 }),
    figure('cosineMin', exactly(cosineMin), '', { is: '≥', bound: 0.999999 }),
    figure('gflops', giga(achieved), 'GFLOP/s'),
    figure('sgemmGflops', giga(sgemm), 'GFLOP/s'),
    figure('rooflineShare', ratioOfMedians(achieved, sgemm), '', { is: '≥', bound: 0.75 }),
    figure('oneSession.textsPerSecond', inverse(texts, oneSession), 'texts/s'),
    figure('int8.textsPerSecond', inverse(texts, int8), 'texts/s'),
    figure('int8.cosineMin', exactly(int8CosineMin), ''),
    figure('breakdown.totalSeconds', summarize(oneSession), 's'),
    figure('breakdown.tokenizerSeconds', summarize(tokenizer), 's'),
    figure('breakdown.sessionSeconds', summarize(session), 's'),
    figure('breakdown.otherSeconds', summarize(other), 's'),
    figure('breakdown.sessionGflops', giga(session.map((seconds) => flop / seconds)), 'GFLOP/s'),
    figure('sgemm.onnxruntime', giga(onnxruntime), 'GFLOP/s'),
    figure('sgemm.torch', giga(torch), 'GFLOP/s'),
  ];
  return {
    result: {
      ...medians(figures),
      peers: rates.map(({ name, median }) => ({ name, textsPerSecond: median })),
      best,
      sgemmRuntime,
      texts,
      paddedTokens,
    },
    figures: [...figures.slice(0, 1), ...rates, ...figures.slice(1)],
    notes: [
      `all-MiniLM-L6-v2, float32, ${texts} passages, at most ${MAX_SEQ_LENGTH} tokens a text, ${threads} threads each`,
      `ratios are of throughput: ours by sentence-transformers' default, and by its best here (${best})`,
      `cosineMin is the least over all ${texts} texts, against ${DEFAULT_PEER}`,
      `gflops are of the ${paddedTokens} padded tokens that were run; sgemmGflops is ${sgemmRuntime}'s 2048³ product`,
      `ours is a session a thread, which is the default for so small a model; oneSession is one on ${threads} threads`,
      'the breakdown is of oneSession: session is onnxruntime alone, its inputs ready; other is what threads, transfers, inputs and copies add to it',
      'fastembed is left out: it wants huggingface-hub below 2, and would hold the trainer back to it',
    ],
  };
}

function inverse(work: number, seconds: readonly number[]): Summary {
  return summarize(seconds.map((value) => work / value));
}

function giga(values: readonly number[]): Summary {
  return summarize(values.map((value) => value / 1e9));
}
