/** The machine's ceiling: a large float32 matrix product on the encoder's threads, by onnxruntime and by PyTorch. */
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import type { PythonPeer } from '../python-peer.ts';
import type { Measure } from '../rounds.ts';
import { openBareSession, runAll } from './bare-session.ts';

/** Rows and columns: three matrices of 16 MiB, so that the arithmetic and not the caches is measured. */
const SIZE = 2_048;
/** Products a round: one takes about a tenth of a second. */
const PRODUCTS = 20;
const FLOP = 2 * SIZE ** 3 * PRODUCTS;

/** Each gives FLOP a second. */
export async function matrixProducts(
  python: PythonPeer,
  scratch: string,
  threads: number,
): Promise<Record<'onnxruntime' | 'torch', Measure<number>>> {
  const graph = join(scratch, 'product.onnx');
  await python.call('writeProduct', { size: SIZE, output: graph });
  const session = await openBareSession(graph, threads);
  const x = Float32Array.from({ length: SIZE * SIZE }, (_, index) => Math.sin(index));
  const feed = { x: new Tensor('float32', x, [SIZE, SIZE]) };
  return {
    onnxruntime: async () => {
      await session.run(feed);
      return (
        FLOP /
        (await runAll(
          session,
          Array.from({ length: PRODUCTS }, () => feed),
        ))
      );
    },
    torch: async () => {
      const { seconds = Number.NaN } = await python.call('multiply', { size: SIZE, products: PRODUCTS });
      return FLOP / seconds;
    },
  };
}
