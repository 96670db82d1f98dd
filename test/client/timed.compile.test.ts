import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'threadstats-timed-'));
});
afterAll(() => rm(folder, { recursive: true }));

const program = (importPath: string) => `
import { timed } from '${importPath}/timed.js';
import { Timer } from '${importPath}/timer.js';

let calls = 0;
const record = (seconds: number): void => {
  if (seconds >= 0) calls++;
};

class Shop {
  readonly name = 'shop';

  @timed(record)
  greet(greeting: string): string {
    return greeting + ' ' + this.name;
  }

  @timed(record)
  async load<Item>(item: Item): Promise<Item> {
    await Promise.resolve();
    return item;
  }

  @timed(record)
  static fail(): never {
    throw new Error('failed');
  }
}

const shop = new Shop();
const outcomes: string[] = [shop.greet('hello'), await shop.load('item')];
try {
  Shop.fail();
} catch (error) {
  outcomes.push(String(error));
}
{
  using timer = new Timer(record);
  if (!(timer instanceof Timer)) throw new Error('no timer');
}

const add = (a: number, b: number): number => a + b;
const same: typeof add = timed(record)(add);
outcomes.push(String(same(1, 2)));
const handler: (request: { url: string }) => string = timed(record)((request) => request.url);
outcomes.push(handler({ url: '/' }));

// @ts-expect-error: only functions can be timed
const wrong = () => timed(record)(7);
console.log(JSON.stringify({ outcomes, calls, names: [shop.load.name, shop.greet.length, typeof wrong] }));
`;

it.each([
  ['ECMAScript', false],
  ['TypeScript', true],
])(
  '`timed` compiles and runs as a decorator of %s',
  async (style, experimentalDecorators) => {
    const source = path.join(folder, style);
    await mkdir(source);
    const importPath = path.relative(source, path.join(root, 'src/client')).replaceAll(path.sep, '/');
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(path.join(source, 'main.ts'), program(importPath));
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      experimentalDecorators,
      // The output has the same folders, so that the program finds the compiled src/.
      rootDir: path.parse(root).root,
      outDir: path.join(folder, `${style}-out`),
      typeRoots: [path.join(root, 'node_modules/@types')],
      types: ['node'],
    };
    await writeFile(path.join(source, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));

    await run(process.execPath, [tsc, '-p', source]).catch((error) => expect.fail(`${error.stdout}${error.stderr}`));
    const main = path.join(compilerOptions.outDir, path.relative(compilerOptions.rootDir, path.join(source, 'main.js')));
    const { stdout } = await run(process.execPath, [main]);
    expect(JSON.parse(stdout)).toEqual({
      outcomes: ['hello shop', 'item', 'Error: failed', '3', '/'],
      calls: 6,
      names: ['load', 1, 'function'],
    });
  },
  60_000,
);
