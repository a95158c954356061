/** The workflow types that workers register. */
export { embed } from './embed.ts';
export { retrain } from './retrain.ts';
export { sweep } from './sweep.ts';
export { trial } from './trial.ts';
