import { seededRandom } from '../random.js';

/** Number of members in one repetition. */
export const MEMBERS = 20_000;

/** Members of one length. */
export interface Members {
  /** Returns every member as a new string, because V8 caches the hash of a string that was used before. */
  fresh(): string[];
  /** Number of different members. */
  readonly distinct: number;
}

/** Draws members of a length in characters. They are all different if `areNew`, otherwise 1000 members repeat. */
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

/** A set that is measured. */
export interface SetContender {
  /** Keeps the members for the next `add`; untimed. */
  fill(members: string[]): void;
  /** The timed work: adds the members to an empty set. Returns its own milliseconds when only a part of it is timed. */
  add(): number | undefined;
  /** Empties the set, and returns the number of members that it had; untimed. */
  drain(): number;
}
