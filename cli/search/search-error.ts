/** Says what to do about the errors that the bucket, a stored object or the installation is at fault for. */
import { ArtifactLostError } from '../../adapters/artifacts/artifact-lost.ts';
import { EncoderError } from '../../adapters/encoder/encoder-error.ts';
import { StoreUnavailableError } from '../../adapters/object-store/unavailable.ts';
import { FaissError } from '../../native/faiss/index.ts';
import { CliError, EXIT } from '../exit.ts';

/** @returns a {@link CliError}, or the error itself where nobody foresaw it. */
export function foreseenSearchError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  const told = (exitCode: number, advice: string, before = ''): CliError =>
    new CliError(`${before}${error.message.replace(/\.$/, '')}${advice}`, exitCode, { cause: error });
  if (error instanceof StoreUnavailableError) {
    return told(EXIT.unreachable, '. Check S3_ENDPOINT; where it is unset, `veille dev` starts a local server.');
  }
  if (isRefusal(error)) {
    const advice = '. Check S3_ENDPOINT, S3_BUCKET and the AWS credentials; `veille doctor` tries them.';
    return told(EXIT.unreachable, advice, `The object store can't be used: ${error.name}: `);
  }
  if (error instanceof ArtifactLostError) {
    return told(EXIT.failed, '. `veille run` with the input of that run makes it again; --run searches another run.');
  }
  if (error instanceof EncoderError || error instanceof FaissError) return told(EXIT.failed, '.');
  return error;
}

/** An answer of the S3 server that says no (the SDK's errors carry its metadata), or no credentials to ask with. */
function isRefusal(error: Error): boolean {
  return '$metadata' in error || error.name === 'CredentialsProviderError';
}
