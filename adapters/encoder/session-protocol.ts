/** Messages between the encoder and the thread that owns one ONNX session. */
import type { EncoderInfo } from '../../contracts/trainer.ts';

export type ExecutionProvider = 'cpu' | 'cuda';

/** The thread's `workerData`. */
export interface SessionOptions {
  /** Path of model.onnx; its external data lies beside it. */
  readonly model: string;
  readonly info: EncoderInfo;
  readonly executionProvider: ExecutionProvider;
  /** Threads of one matrix product. */
  readonly threads: number;
}

/** Token ids of a batch, padded: buffers are transferred, not copied. */
export interface PaddedBatch {
  /** int32 [rows, length]. */
  readonly tokenIds: Int32Array<ArrayBuffer>;
  /** Tokens of each row that are no padding, int32 [rows]. */
  readonly tokenCounts: Int32Array<ArrayBuffer>;
}

export type ToThread =
  | { readonly type: 'run'; readonly id: number; readonly batch: PaddedBatch }
  /** Release the session and let the thread end. */
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly message: string }
  /** float32 [rows, dimensions]. */
  | { readonly type: 'embeddings'; readonly id: number; readonly embeddings: Float32Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
