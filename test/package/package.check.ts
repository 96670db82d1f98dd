// Checks the packed package: its files and documents, and what an application sees of it, however it is loaded.

import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { Application, EXTENSION, execute, LOAD, makeFolder, NODE_VERSIONS, nodePath, ROOT } from './application.js';

/** No line of a printed error may be longer: the package is not minified. */
const MAX_LINE_CHARACTERS = 200;
const BIN = path.join(ROOT, 'node_modules/.bin');
const LOADS = ['import', 'require'] as const;

const tarball = inject('tarball');
const packedFiles = inject('packedFiles');
let application: Application;

beforeAll(async () => {
  application = await Application.make('package');
});

describe('the package', () => {
  test('contains the code and no other build output', () => {
    const isCode = (file: string): boolean => file.startsWith('build/') && !file.includes('/types/');
    const code = ['common.js', 'data.js', 'index.js', 'intake/index.js', 'lambda/index.js', 'shared.js'];
    const ofCommonJs = [...code, 'package.json', 'rolldown-runtime.js'];
    expect(packedFiles.filter(isCode).sort()).toEqual(
      [...code.map((file) => `build/package/${file}`), ...ofCommonJs.map((file) => `build/commonjs/${file}`)].sort(),
    );
  });

  test('contains nothing but declarations among its types, the same for both kinds of modules', () => {
    const typesIn = (folder: string): string[] =>
      packedFiles.filter((file) => file.startsWith(folder)).map((file) => file.slice(folder.length));
    const types = typesIn('build/types/');
    expect(types.filter((file) => !file.endsWith('.d.ts'))).toEqual([]);
    expect(types).toContain('index.d.ts');
    expect(types).not.toContain('internals.d.ts');
    expect(typesIn('build/commonjs/types/')).toEqual(types);
  });

  test('names no file in its package.json that it does not contain', async () => {
    const { exports, main, types, typesVersions, imports } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    const paths = JSON.stringify([exports, main, types, typesVersions, imports]).match(/\.\/build\/[^"]+/g)!;
    expect(paths.filter((file) => !packedFiles.includes(file.slice(2)))).toEqual([]);
  });

  test('does not load the client for the intake', async () => {
    const intake = await readFile(path.join(ROOT, 'build/package/intake/index.js'), 'utf8');
    expect(intake).not.toContain('shared.js');
  });

  test('has code of ASCII only, because V8 keeps the whole text in two bytes a character otherwise: 0.4 MB more', async () => {
    const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');
    const code = packedFiles.filter((file) => file.startsWith('build/') && file.endsWith('.js'));
    const others = await Promise.all(code.map(async (file) => (/[^\0-\x7f]/.test(await read(file)) ? file : [])));
    expect(others.flat()).toEqual([]);
  });

  test('has no pattern with classes of Unicode, which V8 looks up before any code runs', async () => {
    const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');
    const code = ['common.js', 'index.js', 'lambda/index.js', 'shared.js'].map((file) => read(`build/package/${file}`));
    // In a string, which makes a pattern when it is needed, the backslash is escaped.
    const classes = (await Promise.all(code)).flatMap((text) => text.match(/^.*(?<!\\)\\p\{.*$/gm) ?? []);
    expect(classes).toEqual([]);
  });

  test('contains its documents and charts, and no other file', () => {
    const others = packedFiles.filter((file) => !/^build\/|^docs\/[\w-]+\.md$|^bench\/charts\/\w+\.svg$/.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  });

  test('contains every file that its documents link to', async () => {
    const broken: string[] = [];
    for (const file of packedFiles.filter((name) => name.endsWith('.md'))) {
      const text = await readFile(path.join(ROOT, file), 'utf8');
      for (const [, link] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
        if (URL.canParse(link)) continue;
        const target = path.posix.join(path.posix.dirname(file), link);
        if (!packedFiles.includes(target)) broken.push(`${file}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('passes publint', async () => {
    await execute(path.join(BIN, 'publint'), ['--strict', tarball]);
  });

  test('has types that resolve correctly under every module resolution', async () => {
    await execute(path.join(BIN, 'attw'), [tarball]);
  });

  test('is packed and published without a warning', async () => {
    const command =
      "npm publish --dry-run --ignore-scripts 2>&1 | grep '^npm warn' | grep -v 'requires you to be logged in' || true";
    expect(await execute('sh', ['-c', command])).toBe('');
  });

  test('names where its sources and issues are', async () => {
    const { repository, homepage, bugs } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    for (const url of [repository.url.replace(/^git\+/, ''), homepage, bugs]) expect(URL.canParse(url)).toBe(true);
  });

  test('installs its three dependencies and no others', async () => {
    const lock = JSON.parse(await readFile(path.join(inject('application'), 'package-lock.json'), 'utf8'));
    const names = Object.keys(lock.packages).filter((name) => name !== '');
    expect(names.sort()).toEqual([
      'node_modules/@assemblyscript/loader',
      'node_modules/pako',
      'node_modules/threadstats',
      'node_modules/undici',
    ]);
  });
});

describe('an application', () => {
  // The oldest of these loads another copy by require(), because it cannot load ES modules with it.
  test.each(NODE_VERSIONS)('on Node.js %s gets the same module by import and by require(), where it can', async (version) => {
    const code = `
      import { createRequire } from 'node:module';
      import * as imported from 'threadstats';
      console.log(createRequire(import.meta.url)('threadstats').ThreadStats === imported.ThreadStats);`;
    const { stdout } = await application.run(`both-${version}.mjs`, code, nodePath(version));
    expect(stdout).toBe(`${version !== '22.0'}\n`);
  });

  test.each(LOADS)('sees the public names of all classes, by %s', async (load) => {
    const code = `
      const wrong = Object.entries(exported).filter(([name, value]) => value.name !== name).map(([name]) => name);
      const stats = new exported.ThreadStats();
      for (const kind of ['Counter', 'Gauge', 'Histogram', 'Timing', 'Distribution']) {
        if (stats['create' + kind]('name').constructor.name !== kind) wrong.push(kind);
      }
      console.log(JSON.stringify([wrong, Object.keys(exported).length]));`;
    const imports = load === 'import' ? "import * as exported from 'threadstats';" : "const exported = require('threadstats');";
    const { stdout } = await application.run(`names.${EXTENSION[load]}`, imports + code, nodePath('22.0'));
    expect(stdout).toBe('[[],9]\n');
  });

  test.each(LOADS)('uses the intake for tests, by %s', async (load) => {
    const imports = {
      import: "import { startIntake } from 'threadstats/intake';",
      require: "const { startIntake } = require('threadstats/intake');",
    };
    const code = `${LOAD[load]}${imports[load]}
      startIntake().then(async (intake) => {
        const stats = new ThreadStats({ url: intake.url }).start();
        stats.increment('orders');
        await stats.stop();
        console.log(intake.metric('orders').length);
        await intake.close();
      });`;
    expect((await application.run(`intake.${EXTENSION[load]}`, code, nodePath('22.0'))).stdout).toBe('1\n');
  });

  test.each(LOADS)('uses the wrapper of Lambda handlers, by %s', async (load) => {
    const names = '{ datadogLambdaWrapper, lambdaMetric }';
    const imports = {
      import: `import ${names} from 'threadstats/lambda';`,
      require: `const ${names} = require('threadstats/lambda');`,
    };
    const code = `${imports[load]}
      const handler = datadogLambdaWrapper(async (event) => {
        lambdaMetric('orders', event.orders);
        return 'done';
      });
      handler({ orders: 7 }).then(console.log);`;
    const { stdout, intake } = await application.run(`lambda.${EXTENSION[load]}`, code, nodePath('22.0'));
    expect(stdout).toBe('done\n');
    expect(intake.distribution('orders')[0].points[0][1]).toEqual([7]);
  });

  test.each([
    ['main', ''],
    ['intake', '/intake'],
    ['lambda', '/lambda'],
  ])('of a tool that knows only `main` gets the CommonJS build: %s', async (_, entry) => {
    const description = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    expect(description.exports[`.${entry}`].require.default).toBe(description.main.replace('/index', `${entry}/index`));
  });
});

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
