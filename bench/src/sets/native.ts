import type { SetContender } from './members.js';

/** Adds members to a Set of JavaScript, which keeps the strings. */
export function createNativeContender(): SetContender {
  let members: string[] = [];
  let set = new Set<string>();
  return {
    fill(filled) {
      members = filled;
    },
    add() {
      for (const member of members) set.add(member);
      return undefined;
    },
    drain() {
      const { size } = set;
      set = new Set();
      return size;
    },
  };
}
