// Every link and path in a document leads to a file, a heading or a folder that exists.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { documents } from './blocks.js';

const ROOT = new URL('../../', import.meta.url);

/** Prefix of links from published documents to files that are not in the package. */
const REPOSITORY = 'https://github.com/threadstats/threadstats/blob/main/';

/** The files of the package besides its code. */
const PUBLISHED = /^(README\.md|CHANGELOG\.md|LICENSE|docs\/.+|bench\/charts\/.+)$/;

const files = new Map(documents);
for (const path of ['CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'])
  files.set(path, readFileSync(new URL(path, ROOT), 'utf8'));

/** Removes the code blocks. */
function proseOf(markdown: string): string {
  return markdown.replace(/^(```+).*\n[\s\S]*?^\1$/gm, '');
}

/** Returns the anchors that GitHub gives to the headings. */
function anchorsOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns the targets of all links and images. */
function linksOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
}

/** Returns the path and the anchor of a link in the document at `path`; undefined when the link leads out of this repository. */
function targetOf(link: string, path: string): { path: string; anchor: string } | undefined {
  const isOurs = link.startsWith(REPOSITORY);
  if (!isOurs && /^https:/.test(link)) return undefined;
  const { href } = isOurs ? new URL(link.slice(REPOSITORY.length), ROOT) : new URL(link, new URL(path, ROOT));
  const [file, anchor = ''] = href.slice(ROOT.href.length).split('#');
  return { path: file, anchor };
}

test.each([...files])('every link of %s leads to a file and a heading that exist', (path, text) => {
  const broken = linksOf(text).filter((link) => {
    const target = targetOf(link, path);
    if (target === undefined) return false;
    const file = fileURLToPath(new URL(target.path, ROOT));
    if (!existsSync(file) || !statSync(file).isFile()) return true;
    return target.anchor !== '' && !anchorsOf(readFileSync(file, 'utf8')).includes(target.anchor);
  });
  expect(broken).toEqual([]);
});

test.each(['README.md', 'CHANGELOG.md'])('every relative link of %s leads to a file that is in the package', (path) => {
  const relative = linksOf(files.get(path)!).filter((link) => !/^https:/.test(link));
  expect(relative.filter((link) => !PUBLISHED.test(targetOf(link, path)!.path))).toEqual([]);
});

test.each([...files])('every path that %s names exists', (path, text) => {
  const named = [...proseOf(text).matchAll(/(?<![\w./#-])(?:src|test|assembly|bench|docs)\/[\w./-]*\w/g)].map(([name]) => name);
  // A path is relative to the root or to the document. The output of the benches does not exist before they are run.
  const isThere = (name: string) => [ROOT, new URL(path, ROOT)].some((base) => existsSync(new URL(name, base)));
  const missing = named.filter((name) => !isThere(name) && !/^bench\/(node_modules|build|charts)/.test(name));
  expect(missing, path).toEqual([]);
});

test('every bench that docs/architecture.md names exists', () => {
  const bench = readdirSync(new URL('bench/src/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('suite.ts'))
    .map((file) => readFileSync(new URL(`bench/src/${file}`, ROOT), 'utf8'));
  const names = bench.flatMap((text) => [...text.matchAll(/\bname: '([^']*)'/g)].map(([, name]) => name));
  const named = [...documents.get('docs/architecture.md')!.matchAll(/\bbench `([^`]*)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  // A document may name a part of a bench's name, as `npm run bench -- --only` accepts.
  expect(named.filter((part) => !names.some((name) => name.includes(part)))).toEqual([]);
});

test('the README links to every other document', () => {
  const readme = documents.get('README.md')!;
  expect([...documents.keys()].filter((path) => path !== 'README.md' && !readme.includes(`](${path})`))).toEqual([]);
});

test.each([...files])('links of %s to the repository agree with package.json', (_, text) => {
  const { repository } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  const base = repository.url.replace(/^git\+|\.git$/g, '');
  const links = [...text.matchAll(/https:\/\/github\.com\/[\w.-]+\/threadstats\b/g)].map(([link]) => link);
  expect(links.filter((link) => link !== base)).toEqual([]);
});
