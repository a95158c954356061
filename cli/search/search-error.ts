/** Says what to do about the errors that the bucket, a stored object or the installation is at fault for. */
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { EncoderError } from '../../adapters/encoder/encoder-error.ts';
import { FaissError } from '../../native/faiss/index.ts';
import { bucketError } from '../bucket.ts';
import { CliError, EXIT } from '../exit.ts';

/** @returns a {@link CliError}, or the error itself where nobody foresaw it. */
export function foreseenSearchError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  const told = (advice: string): CliError =>
    new CliError(`${error.message.replace(/\.$/, '')}${advice}`, EXIT.failed, { cause: error });
  if (error instanceof ArtifactLostError) {
    return told('. `veille run` with the input of that run makes it again; --run searches another run.');
  }
  if (error instanceof EncoderError || error instanceof FaissError) return told('.');
  return bucketError(error) ?? error;
}
