import { readFileSync } from 'node:fs';

/** A program in the README: a fenced block whose first line names its file, as in ```ts quick-start.ts. */
export interface Block {
  /** Name of its file; empty when the block names none. */
  file: string;
  code: string;
  /** Line of the README at which the code begins, from 1. */
  line: number;
}

const LANGUAGES = ['ts', 'js'];

export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** All TypeScript and JavaScript blocks of a Markdown text, in their order. */
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
