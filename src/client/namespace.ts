/**
 * Returns the namespace of a child: the parent's and its own with one dot between them. Dots at the end of its own, and at its
 * beginning after a parent's, are removed, because a dot is added before what follows.
 */
export function joinNamespaces(parent: string, own: string): string {
  let end = own.length;
  while (end > 0 && own[end - 1] === '.') end--;
  let begin = 0;
  while (parent !== '' && begin < end && own[begin] === '.') begin++;
  const trimmed = own.slice(begin, end);
  return parent === '' || trimmed === '' ? parent + trimmed : `${parent}.${trimmed}`;
}
