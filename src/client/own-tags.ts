import { MAX_TAGS } from '../contexts/sample-ids.js';
import { ACCEPTED_TAGS, ownTagStrings } from '../model/tags.js';
import { ownCopy } from '../model/text.js';
import * as check from '../options/checks.js';

/**
 * Copies the tags of a handle or a child.
 *
 * @param tags Null and undefined mean none.
 * @throws TypeError if they are malformed.
 */
export function ownTags(tags: unknown): string[] {
  const strings = ownTagStrings(tags ?? []);
  if (strings === undefined) throw check.typeError('tags', tags, ACCEPTED_TAGS);
  return strings.map(ownCopy);
}

/**
 * Checks the number of tags of a handle or a child, together with those that it has from child clients. Constant tags do not count.
 *
 * @throws RangeError if no sample with so many tags can be recorded.
 */
export function checkTagCount(count: number): void {
  if (count > MAX_TAGS)
    throw check.rangeError('tags.length', count, `at most ${MAX_TAGS}, together with the tags of child clients`);
}
