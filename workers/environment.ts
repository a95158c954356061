/** The variables of our own that workers and command read; `.env.example` describes each. */
import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';
import { z } from 'zod';

const count = z.coerce.number().int().positive();
/** What `huggingface_hub` takes for true. */
const TRUE = new Set(['1', 'on', 'yes', 'true']);
const flag = z
  .string()
  .default('')
  .transform((value) => TRUE.has(value.toLowerCase()));
/** Parts of a list, without blanks around them and without empty ones. */
function listOf(separator: string) {
  const parts = (text: string): string[] => text.split(separator).flatMap((part) => part.trim() || []);
  return z.string().transform(parts);
}
const webAddress = z.url({ protocol: /^https?$/ });

/** Temporal's variables are read by its envconfig, AWS's credentials by its SDK, W&B's by its client, the place of the hub's
 * cache (HF_HOME, HF_HUB_CACHE) by the hub's. */
const schema = z.object({
  TEMPORAL_UI_URL: webAddress.transform((url) => url.replace(/\/+$/, '')).optional(),
  S3_BUCKET: z.string().min(1).default('veille'),
  S3_PREFIX: z
    .string()
    .default('')
    .transform((prefix) => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)),
  S3_ENDPOINT: z.url().optional(),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  WANDB_API_KEY: z.string().optional(),
  HF_TOKEN: z.string().optional(),
  HF_ENDPOINT: webAddress.default('https://huggingface.co').transform((url) => url.replace(/\/+$/, '')),
  HF_HUB_OFFLINE: flag,
  VEILLE_STATE_DIR: z.string().min(1).default('.veille'),
  VEILLE_DATA_ROOTS: listOf(delimiter).optional(),
  VEILLE_MODEL_ROOTS: listOf(delimiter).optional(),
  VEILLE_DATA_BUCKETS: listOf(',').optional(),
  VEILLE_PYTHON: z.string().min(1).optional(),
  VEILLE_THREADS: count.default(availableParallelism()),
  VEILLE_ENCODER_SESSIONS: count.optional(),
  VEILLE_GPU_SLOTS: count.default(1),
  VEILLE_DEVICE: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  VEILLE_CACHE_BYTES: count.optional(),
  VEILLE_BUILD_ID: z
    .string()
    .regex(/^[\w.+-]{1,128}$/, 'must be 1 to 128 letters, digits, ".", "_", "+" or "-"')
    .optional(),
  VEILLE_COMMIT: z
    .string()
    .regex(/^[0-9a-f]{40}$/, 'must be a commit, 40 hexadecimal digits')
    .optional(),
  VEILLE_BUILD_TIME: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-30T21:05:00Z' })
    .transform((time) => new Date(time))
    .optional(),
  VEILLE_IMAGE: z.string().min(1).optional(),
  VEILLE_SIGNING_KEY: z.string().optional(),
  VEILLE_SIGNING_KEY_FILE: z.string().optional(),
  VEILLE_PUBLIC_KEY: z.string().optional(),
  VEILLE_PUBLIC_KEY_FILE: z.string().optional(),
  VEILLE_MODEL_SIGNING_KEY_FILE: z.string().optional(),
  VEILLE_RECALL_UNSIGNED: flag,
  VEILLE_DEPLOY: z.enum(['auto', 'always', 'manual']).default('auto'),
  VEILLE_TSA_URL: webAddress.optional(),
  VEILLE_WEBHOOK_URL: webAddress.optional(),
  VEILLE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type Environment = z.output<typeof schema>;

/**
 * A variable that is set to nothing, as in a copied .env.example, is not set.
 *
 * @throws Error naming each variable that is wrong
 */
export function parseEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== '')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Environment: ${problems.join('; ')}. See .env.example`);
}
