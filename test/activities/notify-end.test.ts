/** The activity `notifyEnd` against a fake webhook: what it says, when it is tried again, and what it never tells. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { createNotifyEnd } from '../../activities/notify-end.ts';
import { Webhook } from '../../adapters/webhook/webhook.ts';
import { ENVIRONMENT_BROKEN, UNAVAILABLE } from '../../contracts/failures.ts';
import type { NotifyInput } from '../../contracts/gate-activities.ts';
import type { RunResult } from '../../contracts/run-result.ts';
import { runActivity } from '../fixtures/activity-deps.ts';
import { LAST_NIGHT, RESULT } from '../fixtures/cli-runs.ts';
import { SECRET, startFakeWebhook, type FakeAnswer, type FakeWebhook } from '../fixtures/fake-webhook.ts';

interface Sent {
  readonly text: string;
  readonly blocks: [{ text: { text: string } }, { fields: { text: string }[] }];
}

const COMPLETED: NotifyInput = { end: 'completed', preset: 'demo', uiUrl: 'http://ui', result: RESULT, failure: null };

const WORKER = { buildId: 'build', searchable: false, uiUrl: null };

async function fake(t: TestContext, answer: FakeAnswer | null = { status: 200 }): Promise<FakeWebhook> {
  const webhook = await startFakeWebhook(() => answer);
  t.after(() => webhook.close());
  return webhook;
}

const notify = (url: string, input: NotifyInput, workflowId?: string, timeoutMs?: number): Promise<void> =>
  runActivity(createNotifyEnd({ webhook: new Webhook(url, timeoutMs), worker: WORKER }), input, workflowId);

/** What the webhook is told of an end. */
async function messageOf(t: TestContext, input: NotifyInput, workflowId?: string): Promise<Sent> {
  const { url, requests } = await fake(t);
  await notify(url, input, workflowId);
  assert.equal(requests.length, 1);
  return JSON.parse(requests[0]?.body ?? '') as Sent;
}

const withPromotion = (promotion: Partial<RunResult['promotion']>): NotifyInput => ({
  ...COMPLETED,
  result: { ...RESULT, promotion: { ...RESULT.promotion, ...promotion } },
});

async function failureOf(sending: Promise<void>): Promise<ApplicationFailure> {
  return sending.then(
    () => assert.fail('it was taken'),
    (error: unknown) => (error instanceof ApplicationFailure ? error : assert.fail(String(error))),
  );
}

describe('what it says', () => {
  it('names the run with a link to it, the promotion, the figures and the data', async (t) => {
    const { text, blocks } = await messageOf(t, COMPLETED, 'nightly 1');
    assert.equal(text, 'nightly 1: promoted to champion 1 by gate');
    const [section, { fields }] = blocks;
    const page = 'http://ui/namespaces/test/workflows/nightly%201/nightly 1-run';
    assert.equal(section.text.text, `*<${page}|nightly 1>*: promoted to champion 1 by gate`);
    assert.deepEqual(
      fields.map((field) => field.text),
      [
        '*nDCG@10*\n0.4962 → 0.6654',
        '*Gate*\npromote',
        '*Data*\n4188 train, 897 dev, 898 test; 3 rows left out',
        '*Took*\n4 min',
        '*Name*\ndemo',
      ],
    );
  });

  const ends: [what: string, input: NotifyInput, headline: string][] = [
    [
      'a refusal with who and why',
      withPromotion({ state: 'refused', by: 'ada', note: 'too few questions' }),
      'refused by ada: too few questions',
    ],
    ['that nobody approved', withPromotion({ state: 'expired' }), 'not promoted: nobody approved it in time'],
    [
      'what the gate says where it keeps the champion',
      withPromotion({ state: 'kept' }),
      'not promoted: the gate says promote',
    ],
    [
      'that nothing was to be promoted',
      withPromotion({ state: 'off' }),
      'not promoted, as asked for; the gate says promote',
    ],
    [
      'that nothing has changed',
      { ...COMPLETED, result: { ...RESULT, unchangedSince: LAST_NIGHT } },
      'unchanged since nightly-2026-11-23: same data, code and configuration',
    ],
    ['a cancellation', { ...COMPLETED, end: 'cancelled', result: null }, 'cancelled'],
    [
      'a failure with its type, in one line and escaped as Slack wants it',
      {
        ...COMPLETED,
        end: 'failed',
        result: null,
        failure: { type: 'InvalidData', message: 'row 1:\n <!channel> & co' },
      },
      'failed, InvalidData: row 1: &lt;!channel&gt; &amp; co',
    ],
  ];
  for (const [what, input, headline] of ends)
    it(`tells ${what}`, async (t) => {
      assert.equal((await messageOf(t, { ...input, uiUrl: null })).blocks[0].text.text, `*w*: ${headline}`);
    });

  it('asks for an approval, with a link, the figures, the time that is left and the command', async (t) => {
    const { metrics, steps } = RESULT;
    const approval = { metrics, steps, until: Date.UTC(2026, 10, 24, 14, 5) };
    const { text, blocks } = await messageOf(t, { ...COMPLETED, end: 'waiting', result: null, approval }, 'nightly');
    const headline = 'waits for an approval until 2026-11-24 14:05 UTC: veille approve nightly';
    assert.equal(text, `nightly: ${headline}`);
    const [section, { fields }] = blocks;
    assert.equal(section.text.text, `*<http://ui/namespaces/test/workflows/nightly/nightly-run|nightly>*: ${headline}`);
    assert.equal(fields[0]?.text, '*nDCG@10*\n0.4962 → 0.6654');
    assert.equal(fields[1]?.text, '*Gate*\npromote');
  });

  it('has a link to a run whose input was wrong, where the worker knows the UI', async (t) => {
    const { url, requests } = await fake(t);
    const failure = { type: 'InvalidInput', message: 'training.batchSize is 1' };
    const worker = { ...WORKER, uiUrl: 'http://worker-ui' };
    const input: NotifyInput = { ...COMPLETED, end: 'failed', preset: '', uiUrl: null, result: null, failure };
    await runActivity(createNotifyEnd({ webhook: new Webhook(url), worker }), input);
    assert.match(requests[0]?.body ?? '', /<http:\/\/worker-ui\/namespaces\/test\/workflows\/w\//);
  });

  it('cuts a message that Slack would refuse for its length', async (t) => {
    const failure = { type: 'Internal', message: '&'.repeat(10_000) };
    const { text } = await messageOf(t, { ...COMPLETED, end: 'failed', result: null, failure });
    assert.ok(text.length < 2_000 && text.endsWith('…'), String(text.length));
  });

  it('has one idempotency key a run and end', async (t) => {
    const { url, requests } = await fake(t);
    await notify(url, COMPLETED, 'naïve');
    await notify(url, COMPLETED, 'naïve');
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    assert.deepEqual(
      keys,
      Array.from({ length: 2 }, () => 'na%C3%AFve/na%C3%AFve-run/completed'),
    );
  });
});

describe('a webhook that does not take it', () => {
  it('is tried again where it may take it later, after the time that it asks for', async (t) => {
    for (const status of [503, 500, 429, 408]) {
      const { url } = await fake(t, { status, headers: { 'Retry-After': '7' } });
      const failure = await failureOf(notify(url, COMPLETED));
      assert.deepEqual([failure.type, failure.nonRetryable], [UNAVAILABLE, false]);
      assert.equal(failure.nextRetryDelay, 7_000);
    }
  });

  it('is not tried again where it never will, and its word for it is told', async (t) => {
    const { url } = await fake(t, { status: 404, body: 'no_service' });
    const { type, nonRetryable, message } = await failureOf(notify(url, COMPLETED));
    assert.deepEqual({ type, nonRetryable }, { type: ENVIRONMENT_BROKEN, nonRetryable: true });
    assert.equal(message, 'the webhook answers 404 no_service: check VEILLE_WEBHOOK_URL of the worker');
  });

  it('is not followed elsewhere', async (t) => {
    const elsewhere = await fake(t);
    const { url } = await fake(t, { status: 307, headers: { Location: elsewhere.url } });
    assert.equal((await failureOf(notify(url, COMPLETED))).nonRetryable, true);
    assert.deepEqual(elsewhere.requests, []);
  });

  it('is not waited for without end', async (t) => {
    const { url } = await fake(t, null);
    const { type, message } = await failureOf(notify(url, COMPLETED, 'w', 50));
    assert.equal(type, UNAVAILABLE);
    assert.equal(message, 'the webhook has not answered within 0.05 s');
  });

  it('is never told by its address', async (t) => {
    const { url } = await fake(t, { status: 400, body: `no route for /services/${SECRET}` });
    const closed = await startFakeWebhook(() => null);
    await closed.close();
    const malformed = `http://user:password@127.0.0.1/${SECRET}`;
    for (const address of [url, closed.url, malformed]) {
      const failure = await failureOf(notify(address, COMPLETED));
      for (let error: unknown = failure; error instanceof Error; error = error.cause)
        assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(SECRET), error.message);
    }
  });
});

it('a worker without a webhook tells nobody', async () => {
  await runActivity(createNotifyEnd({ webhook: null, worker: WORKER }), COMPLETED);
});
