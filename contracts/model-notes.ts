/**
 * What a run does otherwise than a model's authors meant, in words. Free of zod and of Node, since workflow code imports it.
 */
import { quoteText } from './quote.ts';
import type { ModelTraits } from './steps.ts';

/** Prompts that a note shows: some models have one for every task. */
const SHOWN_PROMPTS = 4;
const LONGEST_PROMPT = 40;

/**
 * @param traits undefined where the step was recorded by a version that did not look
 * @param prefixes of the run's input
 * @returns a sentence without a full stop for each; none where there is nothing to say
 */
export function modelNotes(
  traits: ModelTraits | undefined,
  { queryPrefix, passagePrefix }: { readonly queryPrefix: string; readonly passagePrefix: string },
): string[] {
  if (!traits) return [];
  const notes: string[] = [];
  const prompts = Object.entries(traits.prompts);
  if (prompts.length > 0 && queryPrefix === '' && passagePrefix === '') {
    const shown = prompts
      .slice(0, SHOWN_PROMPTS)
      .map(([name, text]) => `${quoteText(name)} "${quoteText(text, LONGEST_PROMPT)}"`);
    const more = prompts.length > SHOWN_PROMPTS ? ` and ${prompts.length - SHOWN_PROMPTS} more` : '';
    notes.push(
      `the model has prompts of its own, which this run does not use: ${shown.join(', ')}${more}; ` +
        'set model.queryPrefix and model.passagePrefix to use them',
    );
  }
  if (traits.similarity === 'dot')
    notes.push('the model is made for dot products; here its embeddings are normalised and compared by cosine');
  return notes;
}
