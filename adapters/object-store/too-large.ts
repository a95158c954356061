/** The largest object that a store takes. */

/** Bytes of the largest upload in one piece that S3 takes; only such a one is checked and conditional as a whole. */
export const MOST_OBJECT_BYTES = 5 * 2 ** 30;

/** A file does not fit into one object, and would not at another time. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';

  constructor(key: string, bytes: number) {
    super(
      `Object ${key} would have ${bytes} bytes, and S3 takes at most ${MOST_OBJECT_BYTES} (5 GiB) in one upload: ` +
        'take a smaller model, or one whose weights are in several files',
    );
  }
}

/** @throws ObjectTooLargeError */
export function refuseTooLarge(key: string, bytes: number): void {
  if (bytes > MOST_OBJECT_BYTES) throw new ObjectTooLargeError(key, bytes);
}
