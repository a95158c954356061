/**
 * What a data file's rows are like, in words: on the split step's line, in `show` and `plan`, and on the run's page in the
 * Temporal UI. Free of zod, since workflow code imports it.
 */
import { counted } from './count.ts';
import type { SplitResult } from './steps.ts';

type Profile = NonNullable<SplitResult['profile']>;
type Kind = Exclude<keyof Profile, 'sharedPassages'>;

/** In the order in which they are read: what is gone, what is poor, what misleads a training, what flatters a result. */
const PHRASES: Readonly<Record<Kind, readonly [one: string, several: string]>> = {
  leftOut: ['row left out', 'rows left out'],
  partlyEmpty: ['row without a part of its passage', 'rows without a part of their passage'],
  nearEmpty: ['row with next to no text', 'rows with next to no text'],
  damaged: ['row with a lost character (U+FFFD)', 'rows with lost characters (U+FFFD)'],
  repeated: ['row repeats an earlier one', 'rows repeat earlier ones'],
  respelled: ['row spells an earlier text otherwise', 'rows spell earlier texts otherwise'],
  ambiguous: ['question with several passages', 'questions with several passages'],
  testQuestionsSeen: ['test question stands in train or dev', 'test questions stand in train or dev'],
  testPassagesSeen: ['test row has a passage of train or dev', 'test rows have a passage of train or dev'],
};
const KINDS = Object.keys(PHRASES) as Kind[];

/** One for each thing that was found: `16 rows repeat earlier ones, first line 12`. */
export function dataTexts(profile: Profile): string[] {
  return found(profile).map(([text, first]) => `${text}, first ${first}`);
}

/** All in one line, without their places; empty where nothing was found. */
export function dataSummary(profile: Profile): string {
  return found(profile)
    .map(([text]) => text)
    .join(', ');
}

function found(profile: Profile): (readonly [text: string, first: string])[] {
  return KINDS.flatMap((kind) => {
    const { count, first } = profile[kind];
    const [one, several] = PHRASES[kind];
    return first === null ? [] : [[counted(count, one, several), first] as const];
  });
}

/** `40 questions with 61 passages, of 75 judged pairs`: rows of one question are one, with all its passages. */
export function guardText({ rows, queries, passages }: { rows: number; queries: number; passages: number }): string {
  return `${counted(queries, 'question')} with ${counted(passages, 'passage')}, of ${counted(rows, 'judged pair')}`;
}
