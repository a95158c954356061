/** The lease of a training: renewed for as long as it is held, lost when another attempt has taken over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrainingLease } from '../../activities/training-lease.ts';
import { FencedError } from '../../adapters/checkpoints/training-claim.ts';
import { until } from '../fixtures/run-observation.ts';

/** A store whose renewals end as the script says, the last one again and again. */
function renewals(...script: (Error | null)[]) {
  const made = { count: 0, renew: async (): Promise<void> => {} };
  made.renew = async () => {
    const end = script[Math.min(made.count++, script.length - 1)];
    if (end) throw end;
  };
  return made;
}

const noWarning = (message: string): void => assert.fail(message);

describe('TrainingLease', () => {
  it('renews the claim until it is closed', async () => {
    const store = renewals(null);
    const lease = new TrainingLease(store, noWarning, 1);
    await until('three renewals', async () => store.count >= 3);
    await lease.close();
    const { count } = store;
    assert.equal(lease.lost.aborted, false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(store.count, count);
  });

  it('goes on renewing after one that failed, and says so', async () => {
    const warnings: string[] = [];
    const store = renewals(new Error('the store is away'), null);
    const lease = new TrainingLease(store, (message) => warnings.push(message), 1);
    await until('a second renewal', async () => store.count >= 2);
    await lease.close();
    assert.match(warnings.join(), /not renewed.*the store is away/);
  });

  it('is lost once another attempt has claimed the training, and says of which', async () => {
    const store = renewals(null, new FencedError('abc'));
    const lease = new TrainingLease(store, noWarning, 1);
    await until('the lease to be lost', async () => lease.lost.aborted);
    assert.throws(() => lease.lost.throwIfAborted(), /Training abc was taken over/);
    await lease.close();
    assert.equal(store.count, 2);
  });
});
