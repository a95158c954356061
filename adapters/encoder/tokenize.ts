/** Token ids as Python's fast tokenizers give them: the same Rust code, asynchronous. */
import { setImmediate } from 'node:timers/promises';
import { Tokenizer } from 'tokenizers';
import { EncoderError } from './encoder-error.ts';

export interface TokenizedTexts {
  /** Ids of each text, special tokens included, at most `maxLength`. */
  readonly tokenIds: readonly Int32Array[];
  /** Texts of which tokens were cut off. */
  readonly truncated: number;
}

export type Tokenize = (texts: readonly string[], signal?: AbortSignal) => Promise<TokenizedTexts>;

/** Turning ids into arrays happens on the event loop: so many texts of 384 tokens take it about 2 ms. */
const TEXTS_A_CALL = 64;

/**
 * @param file tokenizer.json
 * @param maxLength tokens to which a text is cut, special tokens included
 * @throws EncoderError (`invalid-folder`)
 */
export function loadTokenizer(file: string, maxLength: number): Tokenize {
  const tokenizer = openTokenizer(file);
  tokenizer.setTruncation(maxLength);
  tokenizer.disablePadding();
  return async (texts, signal) => {
    const tokenIds: Int32Array[] = [];
    let truncated = 0;
    for (let start = 0; start < texts.length; start += TEXTS_A_CALL) {
      signal?.throwIfAborted();
      for (const encoding of await tokenizer.encodeBatch(texts.slice(start, start + TEXTS_A_CALL))) {
        tokenIds.push(Int32Array.from(encoding.getIds()));
        if (encoding.getOverflowing().length > 0) truncated++;
      }
      await setImmediate();
    }
    return { tokenIds, truncated };
  };
}

function openTokenizer(file: string): Tokenizer {
  try {
    return Tokenizer.fromFile(file);
  } catch (cause) {
    throw new EncoderError('invalid-folder', `${file} can't be loaded as a tokenizer: export the encoder again`, {
      cause,
    });
  }
}
