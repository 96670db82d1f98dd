// Values and members that are likely to reveal errors.

import type { InputRandom } from './random.js';

/** Zeros of both signs, subnormals, extremes, and values that suffer from rounding and cancellation. */
export const SPECIAL_VALUES: readonly number[] = [
  0,
  -0,
  5e-324,
  -5e-324,
  2.225073858507201e-308,
  2.2250738585072014e-308,
  1e-300,
  -1e-300,
  0.1,
  1 / 3,
  1,
  -1,
  1 + Number.EPSILON,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  1e300,
  -1e300,
  1e308,
  -1e308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];

const bits = new DataView(new ArrayBuffer(8));

function randomBits(random: InputRandom): number {
  for (;;) {
    bits.setUint32(0, random.below(2 ** 32));
    bits.setUint32(4, random.below(2 ** 32));
    const value = bits.getFloat64(0);
    if (Number.isFinite(value)) return value;
  }
}

/** Ways to draw a value. Some depend on its index in a run of values. */
export const VALUE_STYLES = {
  special: (random: InputRandom) => random.pick(SPECIAL_VALUES),
  integer: (random: InputRandom) => random.below(1000) - 500,
  normal: (random: InputRandom) => random.normal() * 100,
  lognormal: (random: InputRandom) => Math.exp(random.normal()),
  decimal: (random: InputRandom) => random.below(100) / 10,
  bits: randomBits,
  lowBits: (random: InputRandom) => 1 + random.below(2 ** 31) * Number.EPSILON,
  subnormal: (random: InputRandom) => (random.next() - 0.5) * 2 ** -1022,
  two: (random: InputRandom) => (random.below(2) === 0 ? -1.5 : 1e300),
  equal: () => 0.1,
  rising: (_random: InputRandom, index: number) => index,
  falling: (_random: InputRandom, index: number) => -index * 1e-3,
  geometric: (_random: InputRandom, index: number) => 2 ** ((index % 2000) - 1000),
} satisfies Record<string, (random: InputRandom, index: number) => number>;

export type ValueStyle = keyof typeof VALUE_STYLES;
export const VALUE_STYLE_NAMES = Object.keys(VALUE_STYLES) as ValueStyle[];

/** Code units that the member buffer holds. A longer member is hashed in parts. */
export const MEMBER_CAPACITY = 32768;

/** Empty texts, one unit, odd lengths, lone surrogates, numbers as text, and lengths around a hash block of eight units. */
export const SPECIAL_TEXTS: readonly string[] = [
  '',
  'a',
  'A',
  '\0',
  '\0\0',
  'ab',
  'abc',
  '\ud800',
  '\udc00',
  '\ud800\udc00',
  '\ufffd',
  'é',
  'e\u0301',
  '1',
  '0',
  '-0',
  '0.1',
  // Its code units have the bytes of the number 1.
  '\0\0\0\u3ff0',
  'seven u',
  'eight un',
  'nine unit',
  'sixteen units ab',
  'seventeen units a',
];

/** Returns a short text, a number, the same number as text, or now and then a very long text. */
export function randomMember(random: InputRandom): string | number {
  const way = random.below(100);
  if (way < 25) return random.pick(SPECIAL_TEXTS);
  if (way < 35) return random.pick(SPECIAL_VALUES);
  if (way < 55) return random.below(500);
  if (way < 75) return String(random.below(500));
  if (way < 99) return randomText(random, random.below(40));
  return String.fromCharCode(97 + random.below(3)).repeat(MEMBER_CAPACITY - random.below(20));
}

/** Returns a text of any code units. */
export function randomText(random: InputRandom, units: number): string {
  let text = '';
  for (let i = 0; i < units; i++) text += String.fromCharCode(random.below(random.below(2) === 0 ? 128 : 65536));
  return text;
}
