/** Activity `encodeSegment`: encodes one segment of a plan, unless another run has written it meanwhile. */
import { Context } from '@temporalio/activity';
import type { EncodedSegment, EncodeSegmentInput } from '../contracts/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { readPlannedSegment } from './embedding-plan.ts';
import type { EncoderPool } from './encoder-pool.ts';
import { reportProgress } from './heartbeat.ts';
import { RateMeter } from './rate.ts';
import { packTextKeys } from '../core/text-key.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'embeddings'> & { readonly encoders: Pick<EncoderPool, 'use'> };

export function createEncodeSegment({ artifacts, embeddings, encoders }: Deps) {
  return async ({ encoder: ref, plan, segment, step }: EncodeSegmentInput): Promise<EncodedSegment> => {
    const { id, texts } = await readPlannedSegment(artifacts, plan, segment);
    const total = texts.length;
    const cache = embeddings(ref);
    if (await cache.has(id)) return { texts: total, adopted: true, truncated: 0 };

    const meter = new RateMeter();
    const report = (done: number, doing?: string): void => {
      const rate = meter.read(done);
      reportProgress({
        step,
        done,
        total,
        unit: 'texts',
        ...(rate === undefined ? {} : { rate }),
        ...(doing === undefined ? {} : { doing }),
      });
    };
    report(0, 'loading model');
    const { embeddings: vectors, truncated } = await encoders.use(ref, (encoder) =>
      encoder.encode(texts, { signal: Context.current().cancellationSignal, onProgress: (done) => report(done) }),
    );
    const written = await cache.put(id, { keys: packTextKeys(texts), embeddings: vectors });
    return { texts: total, adopted: !written, truncated };
  };
}
