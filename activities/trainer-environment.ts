/** What the trainer's process says of itself, for the record of the step that it does. */
import type { TrainerEvent } from '../contracts/trainer.ts';
import type { TellMaker } from './step.ts';

/** Takes the trainer's events, and tells the record what the first one says. */
export function tellTrainer(tell: TellMaker): (event: TrainerEvent) => void {
  return (event) => {
    if (event.type !== 'started') return;
    const { device, precision, versions, determinism } = event;
    tell({ trainer: { device, precision, versions, determinism } });
  };
}
