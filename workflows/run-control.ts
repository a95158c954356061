/** What people do to a run while it goes on: pause it, resume it, approve or refuse its candidate. */
import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { Approval, Intervention } from '../contracts/control.ts';
import { INVALID_INPUT } from '../contracts/failures.ts';
import type { RunProgress } from '../contracts/progress.ts';
import { APPROVE_UPDATE, PAUSE_UPDATE, RESUME_UPDATE } from '../contracts/queues.ts';
import { refusal } from './failures.ts';

const approveUpdate = defineUpdate<RunProgress, [Approval]>(APPROVE_UPDATE);
const pauseUpdate = defineUpdate<RunProgress, [Intervention]>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<RunProgress, [Intervention]>(RESUME_UPDATE);

/** An answer, with when it came in milliseconds since the epoch. */
export type Answer = Required<Pick<Approval, 'by' | 'approved'>> & {
  readonly note: string | null;
  readonly at: number;
};

export class RunControl {
  #paused: RunProgress['paused'] = null;
  #approvalUntil: number | null = null;
  #answer: Answer | null = null;
  readonly #changed: () => void;

  /** @param changed called after each change that people see */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get paused(): RunProgress['paused'] {
    return this.#paused;
  }

  get approvalUntil(): number | null {
    return this.#approvalUntil;
  }

  /** Takes updates from now on, and answers each with the run's progress. */
  install(progress: () => RunProgress): void {
    setHandler(
      pauseUpdate,
      (who) => {
        this.#paused ??= { ...who, since: Date.now() };
        this.#changed();
        return progress();
      },
      { validator: requireName, description: 'Starts no further step until the run is resumed' },
    );
    setHandler(
      resumeUpdate,
      () => {
        this.#paused = null;
        this.#changed();
        return progress();
      },
      { validator: requireName, description: 'Lets a paused run go on' },
    );
    setHandler(
      approveUpdate,
      ({ by, note, approved = true }) => {
        this.#answer = { by, note: note ?? null, approved, at: Date.now() };
        this.#changed();
        return progress();
      },
      {
        validator: (answer: Approval) => this.#requireWaiting(answer),
        description: 'Answers a run that waits for an approval: {"by": "NAME", "note": "…", "approved": true}',
      },
    );
  }

  /** Returns when the run is not paused. */
  async passed(): Promise<void> {
    await condition(() => this.#paused === null);
  }

  /**
   * Waits for an approval or a refusal.
   *
   * @param milliseconds how long
   * @returns null when nobody has answered by then
   */
  async approval(milliseconds: number): Promise<Answer | null> {
    this.#answer = null;
    this.#approvalUntil = Date.now() + milliseconds;
    this.#changed();
    try {
      await condition(() => this.#answer !== null, milliseconds, { summary: 'how long an approval is waited for' });
      return this.#answer;
    } finally {
      this.#approvalUntil = null;
      this.#changed();
    }
  }

  #requireWaiting(answer: Approval): void {
    requireName(answer);
    if (answer.approved !== undefined && typeof answer.approved !== 'boolean')
      throw refusal(INVALID_INPUT, 'approved must be true or false');
    if (this.#approvalUntil === null) throw refusal(INVALID_INPUT, 'the run is not waiting for an approval');
    if (this.#answer !== null) throw refusal(INVALID_INPUT, `${this.#answer.by} has answered already`);
  }
}

/** The Temporal UI sends what a person typed. */
function requireName(who: unknown): void {
  const { by, note } = (who ?? {}) as Record<string, unknown>;
  if (typeof by !== 'string' || by.trim() === '')
    throw refusal(INVALID_INPUT, 'by must name who does this: {"by": "NAME"}');
  if (note !== undefined && typeof note !== 'string') throw refusal(INVALID_INPUT, 'note must be a text');
}
