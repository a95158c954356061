/** Signs a stored model by OpenSSF model signing, for which only Python has the library. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context, log } from '@temporalio/activity';
import { runTrainer } from '../adapters/trainer/trainer-process.ts';
import type { FileSet } from '../contracts/artifact.ts';
import { TRAINER_EXIT } from '../contracts/trainer.ts';
import type { ActivityDeps } from './deps.ts';
import { withScratch } from './scratch.ts';
import { trainerFailure } from './trainer-failure.ts';
import { keepTrainerLog } from './trainer-log.ts';

type Deps = Pick<ActivityDeps, 'artifacts' | 'trainer' | 'scratch' | 'preemption'>;

/**
 * A Sigstore bundle over every file of the folder. Two signings differ: ECDSA is not deterministic.
 *
 * @param key file of an EC private key, PEM
 * @returns null where the library is missing, or refuses the key: a run that has come to its record is not to fail of that,
 * and the worker's log says why
 * @throws {import('@temporalio/activity').ApplicationFailure} when the trainer ends in any other way
 */
export async function signModel(
  { artifacts, trainer, scratch, preemption }: Deps,
  files: FileSet,
  key: string,
): Promise<Uint8Array | null> {
  return withScratch(scratch, 'sign', async (folder) => {
    // The signature names the folder.
    const [model, output] = [join(folder, 'encoder'), join(folder, 'model.sig')];
    await artifacts.getFolder(files, model);
    const end = await runTrainer(
      trainer,
      { kind: 'sign', model, key, output },
      { folder, onEvent: () => {}, stop: [preemption, Context.current().cancellationSignal] },
    );
    if (end.exitCode === TRAINER_EXIT.done) return readFile(output);
    if (end.failure?.error !== 'Environment') throw trainerFailure(end, await keepTrainerLog(artifacts, end.log));
    log.warn('the model is not signed', { reason: end.failure.message });
    return null;
  });
}
