import { readdirSync, readFileSync } from 'node:fs';

/** A program in a document: a fenced code block. The line that opens it names the file, as in ```ts quick-start.ts. */
export interface Block {
  /** The file's name; empty when the block has none. */
  file: string;
  code: string;
  /** The line of the document where the code begins, counted from 1. */
  line: number;
}

const ROOT = new URL('../../', import.meta.url);

const LANGUAGES = ['ts', 'js'];

/** The documents for users, by their path from the root: the README and docs/. */
export const documents: ReadonlyMap<string, string> = new Map(
  ['README.md', ...readdirSync(new URL('docs/', ROOT)).map((file) => `docs/${file}`)]
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(new URL(path, ROOT), 'utf8')]),
);

/** Returns the programs of all documents. */
export function allBlocks(): Block[] {
  return [...documents.values()].flatMap(blocksOf);
}

/** Returns all TypeScript and JavaScript blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { block: Block; fence: string; isProgram: boolean } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^\s*(```+|~~~+)\s*(\S*)\s*(.*)$/.exec(line);
    if (open === undefined) {
      if (fence === null) continue;
      const block = { file: fence[3].trim(), code: '', line: index + 2 };
      open = { block, fence: fence[1], isProgram: LANGUAGES.includes(fence[2]) };
    } else if (fence !== null && fence[1] === open.fence && fence[2] === '') {
      if (open.isProgram) blocks.push(open.block);
      open = undefined;
    } else {
      open.block.code += `${line}\n`;
    }
  }
  return blocks;
}
