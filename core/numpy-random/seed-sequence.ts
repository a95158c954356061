/** numpy's `SeedSequence`: spreads the entropy of one integer over as many state words as a bit generator needs. */

const POOL_WORDS = 4;
const INIT_A = 0x43b0d7e5;
const MULT_A = 0x931e8875;
const INIT_B = 0x8b51f9dd;
const MULT_B = 0x58f38ded;
const MIX_MULT_LEFT = 0xca01f9dd;
const MIX_MULT_RIGHT = 0x4973f715;

/** The seed's 32-bit words, least significant first; at least one. */
function entropyWords(seed: number | bigint): number[] {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`seed ${seed} is not an integer below 2^53: pass larger seeds as a bigint`);
  }
  if (seed < 0) throw new RangeError(`seed ${seed} is negative: numpy takes non-negative integers only`);
  const words: number[] = [];
  let rest = BigInt(seed);
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** A hash whose constant moves on with each call, as O'Neill's `seed_seq_fe` has it. */
function createHashMix(initial: number, multiplier: number): (value: number) => number {
  let constant = initial;
  return (value) => {
    const keyed = value ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(keyed, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
}

function mix(left: number, right: number): number {
  const difference = Math.imul(MIX_MULT_LEFT, left) - Math.imul(MIX_MULT_RIGHT, right);
  return (difference ^ (difference >>> 16)) >>> 0;
}

function entropyPool(words: readonly number[]): Uint32Array {
  const hash = createHashMix(INIT_A, MULT_A);
  const pool = Uint32Array.from({ length: POOL_WORDS }, (_, i) => hash(words[i] ?? 0));
  for (let source = 0; source < POOL_WORDS; source++) {
    for (let target = 0; target < POOL_WORDS; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, hash(pool[source]!));
    }
  }
  for (const word of words.slice(POOL_WORDS)) {
    for (let target = 0; target < POOL_WORDS; target++) pool[target] = mix(pool[target]!, hash(word));
  }
  return pool;
}

/**
 * `numpy.random.SeedSequence(seed).generate_state(count)`: `count` words of 32 bits.
 *
 * @param seed Non-negative integer of any size; a `bigint` from 2^53 on.
 * @throws RangeError when the seed is negative, fractional, or a number from 2^53 on.
 */
export function generateState(seed: number | bigint, count: number): Uint32Array {
  const pool = entropyPool(entropyWords(seed));
  const hash = createHashMix(INIT_B, MULT_B);
  return Uint32Array.from({ length: count }, (_, i) => hash(pool[i % POOL_WORDS]!));
}
