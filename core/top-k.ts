/** The best few of many scores. */

/**
 * Indices of the `k` greatest positive scores, best first, the lower index first where scores are equal; -1 fills up
 * where fewer are positive, as FAISS does.
 *
 * @throws RangeError when `k` is not a positive integer.
 */
export function topK(scores: Float64Array, k: number): Int32Array<ArrayBuffer> {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`k must be a positive integer, got ${k}`);
  const best = new Int32Array(k).fill(-1);
  const bestScores = new Float64Array(k);
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    if (score <= bestScores[k - 1]!) continue;
    let place = k - 1;
    while (place > 0 && bestScores[place - 1]! < score) {
      bestScores[place] = bestScores[place - 1]!;
      best[place] = best[place - 1]!;
      place--;
    }
    bestScores[place] = score;
    best[place] = index;
  }
  return best;
}
