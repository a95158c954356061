/** What a data set's card (README.md) says about its files: https://huggingface.co/docs/hub/datasets-manual-configuration. */
import { parse } from 'yaml';
import { z } from 'zod';

export const CARD = 'README.md';
/** Bytes. A card is a page of text; what is larger is not read. */
export const LARGEST_CARD = 1 << 20;

export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  readonly files: readonly { readonly split: string; readonly pattern: string }[];
  /** Whose names say the splits, where the card has no patterns; null: it has. */
  readonly folder: string | null;
}

/** A card is anybody's text; paths, names and lists of people are shorter. */
const text = z.string().max(300);
const MOST = 200;

const patterns = z.union([text.transform((one) => [one]), z.array(text).max(MOST)]);
const dataFiles = z.union([
  patterns.transform((paths) => [{ split: 'train', path: paths }]),
  z.array(z.object({ split: text, path: patterns })).max(MOST),
]);
const config = z
  .object({
    config_name: text,
    default: z.boolean().optional(),
    data_files: dataFiles.optional(),
    data_dir: text.optional(),
  })
  .refine(({ data_files, data_dir }) => data_files !== undefined || data_dir !== undefined);
const frontMatter = z.object({ configs: z.array(z.unknown()).max(MOST) });

/**
 * The configurations that name their files; empty where the card names none, or is none: then names of files decide.
 *
 * @param card content of README.md
 */
export function cardConfigs(card: string): CardConfig[] {
  const [, yaml] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  const matter = frontMatter.safeParse(yaml === undefined ? null : parsedYaml(yaml));
  if (!matter.success) return [];
  return matter.data.configs.flatMap((one) => {
    const parsed = config.safeParse(one);
    if (!parsed.success) return [];
    const { config_name: name, default: isDefault = name === 'default', data_files: entries, data_dir } = parsed.data;
    const folder = (data_dir ?? '').split('/').filter((part) => part !== '' && part !== '.');
    const below = (pattern: string): string => [...folder, pattern.replace(/^\.?\//, '')].join('/');
    const files = (entries ?? []).flatMap(({ split, path }) =>
      path.map((pattern) => ({ split, pattern: below(pattern) })),
    );
    return [{ name, isDefault, files, folder: entries ? null : folder.join('/') }];
  });
}

function parsedYaml(yaml: string): unknown {
  try {
    return parse(yaml, { logLevel: 'silent' }) as unknown;
  } catch {
    return null;
  }
}
