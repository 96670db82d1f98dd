// Checks the packed package: its files, its types, and every way in which an application can load it.

import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Application, execute, makeFolder, type Outcome, type Packed, pack, ROOT, runAgainstIntake } from './application.js';

/** No line of a printed error may be longer: the package is not minified. */
const MAX_LINE_CHARACTERS = 200;
const BIN = path.join(ROOT, 'node_modules/.bin');

let folder: string;
let packed: Packed;
let application: Application;

beforeAll(async () => {
  folder = await makeFolder();
  packed = await pack(folder);
  application = await Application.install(packed.tarball);
});
afterAll(async () => {
  await application?.remove();
  await rm(folder, { recursive: true });
});

describe('the package', () => {
  test('contains the code and no other build output', () => {
    const code = packed.files.filter((file) => file.startsWith('build/') && !file.startsWith('build/types/'));
    expect(code.sort()).toEqual([
      'build/package/common.js',
      'build/package/data.js',
      'build/package/index.js',
      'build/package/intake/index.js',
      'build/package/lambda/index.js',
      'build/package/shared.js',
    ]);
  });

  test('contains nothing but declarations among its types', () => {
    expect(packed.files.filter((file) => file.startsWith('build/types/') && !file.endsWith('.d.ts'))).toEqual([]);
  });

  test('does not contain the declarations of what it does not export at run time', () => {
    expect(packed.files).not.toContain('build/types/internals.d.ts');
  });

  test('does not load the client for the intake', async () => {
    const intake = await readFile(path.join(ROOT, 'build/package/intake/index.js'), 'utf8');
    expect(intake).not.toContain('shared.js');
  });

  test('contains its documents and charts, and no other file', () => {
    const others = packed.files.filter((file) => !/^build\/|^docs\/[\w-]+\.md$|^bench\/charts\/\w+\.svg$/.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  });

  test('contains every file that its documents link to', async () => {
    const broken: string[] = [];
    for (const file of packed.files.filter((name) => name.endsWith('.md'))) {
      const text = await readFile(path.join(ROOT, file), 'utf8');
      for (const [, link] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
        if (URL.canParse(link)) continue;
        const target = path.posix.join(path.posix.dirname(file), link);
        if (!packed.files.includes(target)) broken.push(`${file}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('passes publint', async () => {
    await execute(path.join(BIN, 'publint'), ['--strict', packed.tarball]);
  });

  // The profile `node16` covers every resolution that knows `exports`, from ES modules and from CommonJS. The ignored rule says
  // that require() of an ES module fails, which is no longer true on the Node.js versions of `engines`: the tests below use it.
  test('has types that resolve correctly under every supported module resolution', async () => {
    await execute(path.join(BIN, 'attw'), [packed.tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm']);
  });

  test('installs its three dependencies and no others', async () => {
    const lock = JSON.parse(await readFile(path.join(application.folder, 'package-lock.json'), 'utf8'));
    const names = Object.keys(lock.packages).filter((name) => name !== '');
    expect(names.sort()).toEqual([
      'node_modules/@assemblyscript/loader',
      'node_modules/pako',
      'node_modules/threadstats',
      'node_modules/undici',
    ]);
  });
});

const USE = `
const stats = new ThreadStats({ counterType: 'count' }).start();
stats.increment('orders', 7);
stats.stop().then(() => {
  console.log(JSON.stringify([stats.engineName, Symbol.for('undici.globalDispatcher.1') in globalThis]));
});
`;

const USE_INTAKE = `
startIntake().then(async (intake) => {
  const stats = new ThreadStats({ url: intake.url }).start();
  stats.increment('orders');
  await stats.stop();
  console.log(intake.metric('orders').length);
  await intake.close();
});
`;

const USE_LAMBDA = `
const handler = datadogLambdaWrapper(async (event: { orders: number }) => {
  lambdaMetric('orders', event.orders);
  return 'done';
});
`;

/** Expects that the program ran on WebAssembly and sent its metric by this HTTP client. */
function expectReport({ stdout, intake }: Outcome, client: 'undici' | 'node'): void {
  expect(JSON.parse(stdout)).toEqual(['wasm', client === 'undici']);
  expect(intake.metrics.map(({ metric, points }) => [metric, points[0][1]])).toEqual([['orders', 7]]);
}

/** Calls process.exit() during an interval, whose samples are only sent if a worker flushes. Prints why there is no worker. */
const EXIT = `
const stats = new ThreadStats({ counterType: 'count', onError: (error) => console.log(error.code) }).start({ flushMode: 'worker' });
stats.increment('orders', 7);
console.log(stats.engineName);
process.exit();
`;

function expectWorkersReport({ stdout, intake }: Outcome): void {
  expect(stdout).toBe('wasm\n');
  expect(intake.metrics.map(({ metric, points }) => [metric, points[0][1]])).toEqual([['orders', 7]]);
}

describe('an application', () => {
  test('can import it', async () => {
    expectReport(await application.run('main.mjs', `import { ThreadStats } from 'threadstats';${USE}`), 'undici');
  });

  test('can require it', async () => {
    expectReport(await application.run('main.cjs', `const { ThreadStats } = require('threadstats');${USE}`), 'undici');
  });

  test.each([
    ['worker.mjs', "import { ThreadStats } from 'threadstats';"],
    ['worker.cjs', "const { ThreadStats } = require('threadstats');"],
  ])('can flush in a worker, from %s', async (file, imports) => {
    expectWorkersReport(await application.run(file, imports + EXIT));
  });

  test('gets the same module by import and by require()', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as imported from 'threadstats';
      console.log(createRequire(import.meta.url)('threadstats').ThreadStats === imported.ThreadStats);`;
    expect((await application.run('both.mjs', code)).stdout).toBe('true\n');
  });

  test('sees the public names of all classes', async () => {
    const code = `
      import * as exported from 'threadstats';
      const wrong = Object.entries(exported).filter(([name, value]) => value.name !== name).map(([name]) => name);
      const stats = new exported.ThreadStats();
      for (const kind of ['Counter', 'Gauge', 'Histogram', 'Timing', 'Distribution']) {
        if (stats['create' + kind]('name').constructor.name !== kind) wrong.push(kind);
      }
      console.log(JSON.stringify(wrong));`;
    expect((await application.run('names.mjs', code)).stdout).toBe('[]\n');
  });

  test.each([
    ['imports', 'intake.mjs', "import { ThreadStats } from 'threadstats'; import { startIntake } from 'threadstats/intake';"],
    [
      'requires',
      'intake.cjs',
      "const { ThreadStats } = require('threadstats'); const { startIntake } = require('threadstats/intake');",
    ],
  ])('%s the intake for tests', async (_, file, imports) => {
    expect((await application.run(file, imports + USE_INTAKE)).stdout).toBe('1\n');
  });

  test.each([
    ['imports', 'lambda.mjs', "import { datadogLambdaWrapper, lambdaMetric } from 'threadstats/lambda';"],
    ['requires', 'lambda.cjs', "const { datadogLambdaWrapper, lambdaMetric } = require('threadstats/lambda');"],
  ])('%s the wrapper of Lambda handlers', async (_, file, imports) => {
    const use = `${USE_LAMBDA.replace(': { orders: number }', '')}handler({ orders: 7 }).then(console.log);`;
    const { stdout, intake } = await application.run(file, imports + use);
    expect(stdout).toBe('done\n');
    expect(intake.distribution('orders')[0].points[0][1]).toEqual([7]);
  });

  test.each([
    ['nodenext', 'use.ts', { module: 'NodeNext' }],
    ['node20', 'use.ts', { module: 'Node20' }],
    ['node16', 'use.ts', { module: 'Node16' }],
    ['bundler', 'use.ts', { module: 'ESNext', moduleResolution: 'Bundler' }],
  ])('compiles under %s', async (_, file, compilerOptions) => {
    const imports =
      "import { type MetricRow, ThreadStats } from 'threadstats'; import { startIntake } from 'threadstats/intake';" +
      "import { datadogLambdaWrapper, lambdaMetric } from 'threadstats/lambda';";
    const code = `${imports}${USE}${USE_INTAKE}${USE_LAMBDA}
      export const outcome: Promise<string> = handler({ orders: 7 });
      export const rows: MetricRow[] = [];
      // @ts-expect-error: the types are there, and not any
      new ThreadStats().gauge('name', 'not a number');`;
    await application.checkTypes(file, code, compilerOptions);
  });

  test.each(['NodeNext', 'Node20'])('compiles as CommonJS under %s', async (module) => {
    const imports = "import { ThreadStats } from 'threadstats'; import { startIntake } from 'threadstats/intake';";
    await application.checkTypes('use.cts', imports + USE + USE_INTAKE, { module });
  });
});

/** Reads the commands of docs/runtimes.md that bundle `app.ts`, and joins their lines. */
async function bundleCommands(): Promise<string[]> {
  const document = await readFile(path.join(ROOT, 'docs/runtimes.md'), 'utf8');
  return [...document.replaceAll('\\\n', '').matchAll(/^esbuild app\.ts .*$/gm)].map(([command]) => command);
}

describe('an uncaught error', () => {
  test.each([
    ['main.mjs', "import { ThreadStats } from 'threadstats';"],
    ['main.cjs', "const { ThreadStats } = require('threadstats');"],
  ])('of %s is printed with short lines and the names of functions', async (file, imports) => {
    const error = await application.run(file, `${imports}\nnew ThreadStats({ percentiles: [2] });`).catch((failure) => failure);
    const lines: string[] = error.message.split('\n');
    expect(error.message).toMatch(/^ {4}at new ThreadStats \(/m);
    expect(lines.filter((line) => line.length >= MAX_LINE_CHARACTERS)).toEqual([]);
  });

  test('of a method names the method', async () => {
    const code = "import { ThreadStats } from 'threadstats';\nnew ThreadStats().start({ flushInterval: -1 });";
    const error = await application.run('start.mjs', code).catch((failure) => failure);
    expect(error.message).toMatch(/^ {4}at ThreadStats\.start \(/m);
  });
});

describe('a copy of the checkout', () => {
  test('installs without the development dependencies', async () => {
    const copy = await makeFolder();
    const skipped = new Set(['.git', 'build', 'node_modules']);
    await cp(ROOT, copy, { recursive: true, filter: (source) => !skipped.has(path.basename(source)) });
    await execute('npm', ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'], copy);
    expect(await readdir(path.join(copy, 'node_modules'))).not.toContain('rolldown');
    await rm(copy, { recursive: true });
  });
});

describe('an application in one file', () => {
  let commands: string[];
  let alone: string;

  beforeAll(async () => {
    commands = await bundleCommands();
    alone = await makeFolder();
    await writeFile(path.join(application.folder, 'app.ts'), `import { ThreadStats } from 'threadstats';${USE}`);
    const env = { ...process.env, PATH: `${BIN}${path.delimiter}${process.env.PATH}` };
    for (const command of commands) await execute('sh', ['-c', `${command} --log-level=error`], application.folder, env);
    for (const file of ['app.cjs', 'app.mjs']) {
      await writeFile(path.join(alone, file), await readFile(path.join(application.folder, file)));
    }
  });
  afterAll(() => rm(alone, { recursive: true }));

  test.each(['app.cjs', 'app.mjs'])('runs as %s and reads no other file', async (file) => {
    expect(commands).toHaveLength(2);
    expect(await readdir(alone)).toEqual(['app.cjs', 'app.mjs']);
    const isKnown = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
    const permission = isKnown('--permission') ? '--permission' : '--experimental-permission';
    const network = ['--allow-net'].filter(isKnown);
    // Node.js also looks for a package.json beside the file, and carries on if reading it is not permitted.
    const flags = [permission, ...network, '--disable-warning=ExperimentalWarning', `--allow-fs-read=${path.join(alone, file)}`];
    expectReport(await runAgainstIntake([...flags, file], alone), 'undici');
  });

  test('runs as an ES module without the banner, and then sends by node:http', async () => {
    const args = ['app.ts', '--bundle', '--platform=node', '--format=esm', '--log-level=error'];
    const file = path.join(alone, 'plain.mjs');
    await execute(path.join(BIN, 'esbuild'), [...args, `--outfile=${file}`], application.folder);
    expectReport(await runAgainstIntake([file], alone), 'node');
    await rm(file);
  });

  test.each(['cjs', 'esm'])('can flush in a worker, as %s', async (format) => {
    await writeFile(path.join(application.folder, 'worker.ts'), `import { ThreadStats } from 'threadstats';${EXIT}`);
    const args = ['worker.ts', '--bundle', '--platform=node', `--format=${format}`, '--minify', '--log-level=error'];
    const file = path.join(alone, format === 'cjs' ? 'worker.cjs' : 'worker.mjs');
    await execute(path.join(BIN, 'esbuild'), [...args, `--outfile=${file}`], application.folder);
    expectWorkersReport(await runAgainstIntake([file], alone));
    await rm(file);
  });

  test('may include the intake for tests', async () => {
    const code = "import { ThreadStats } from 'threadstats'; import { startIntake } from 'threadstats/intake';";
    await writeFile(path.join(application.folder, 'intake.ts'), code + USE_INTAKE);
    const args = ['intake.ts', '--bundle', '--platform=node', '--format=cjs', '--log-level=error'];
    const file = path.join(alone, 'intake.cjs');
    await execute(path.join(BIN, 'esbuild'), [...args, `--outfile=${file}`], application.folder);
    expect((await runAgainstIntake([file], alone)).stdout).toBe('1\n');
    await rm(file);
  });
});
