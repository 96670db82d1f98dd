import { seededRandom } from '../random.js';

/** Members in one repetition. */
export const MEMBERS = 20_000;

/** Members of so many characters, as one run of text. */
export interface Members {
  /** Every member as a string that nobody has looked at: the engine of JavaScript keeps the hash of one that was. */
  fresh(): string[];
  /** How many are different. */
  readonly distinct: number;
}

/** Draws members of a length, all different, or one of a thousand each. */
export function drawMembers(length: number, areNew: boolean): Members {
  const random = seededRandom(3);
  const distinct = areNew ? MEMBERS : 1000;
  const alphabet = '0123456789abcdef';
  const known = Array.from({ length: distinct }, (_, index) => {
    const digits = Array.from({ length: length - 5 }, () => alphabet[Math.floor(random() * 16)]);
    return index.toString(36).padStart(5, '0') + digits.join('');
  });
  const text = Buffer.from(Array.from({ length: MEMBERS }, (_, index) => known[index % distinct]).join(''), 'latin1');
  return {
    distinct,
    fresh: () => Array.from({ length: MEMBERS }, (_, index) => text.toString('latin1', index * length, (index + 1) * length)),
  };
}

/** What one contender does. */
export interface Adding {
  /** Takes members over, before the timed work. */
  fill(members: string[]): void;
  /** The timed work: adds the members to an empty set; gives the milliseconds of its own, when only a part is to be timed. */
  add(): number | undefined;
  /** Empties the set, and gives how many members it had; untimed. */
  drain(): number;
}
