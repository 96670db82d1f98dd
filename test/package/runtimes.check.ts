// Uses the packed package in every runtime that docs/runtimes.md names, and under its flags.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import {
  Application,
  DELIVER,
  EXTENSION,
  execute,
  expectDelivered,
  LOAD,
  NODE_VERSIONS,
  type NodeVersion,
  nodePath,
  received,
  runAgainstIntake,
  TOOLS,
} from './application.js';

/** Flags that limit a process to reading files and opening connections. */
function permissionFlags(version: NodeVersion): string[] {
  if (version === '24') return ['--permission', '--allow-fs-read=*'];
  if (version === '26') return ['--permission', '--allow-fs-read=*', '--allow-net'];
  return ['--experimental-permission', '--allow-fs-read=*'];
}

const LOCKDOWN = { import: "import './lockdown.mjs';\n", require: "require('ses');\nlockdown();\n" };

interface Row {
  name: string;
  flags?: (version: NodeVersion) => string[];
  /** What the program does before it loads the package. */
  before?: typeof LOCKDOWN;
  engineName?: string;
}

const ROWS: Row[] = [
  { name: 'without flags' },
  { name: 'under --permission', flags: (version) => [...permissionFlags(version), '--allow-worker'] },
  { name: 'under --frozen-intrinsics', flags: () => ['--frozen-intrinsics'] },
  { name: 'under --disable-proto=throw', flags: () => ['--disable-proto=throw'] },
  { name: 'under --disallow-code-generation-from-strings', flags: () => ['--disallow-code-generation-from-strings'] },
  { name: 'under --jitless', flags: () => ['--jitless'], engineName: 'js' },
  { name: 'after lockdown() of SES', before: LOCKDOWN },
];

const CASES = NODE_VERSIONS.flatMap((version) =>
  ROWS.flatMap((row) => (['import', 'require'] as const).map((load) => ({ version, load, ...row }))),
);

describe.concurrent('Node.js', () => {
  test.each(CASES)('$version delivers $name, by $load', async ({ version, load, name, flags, before, engineName }) => {
    const application = await Application.make(`${version} ${load} ${name}`);
    await application.write('lockdown.mjs', "import 'ses';\nlockdown();");
    const code = (before?.[load] ?? '') + LOAD[load] + DELIVER;
    const outcome = await application.run(`main.${EXTENSION[load]}`, code, nodePath(version), flags?.(version));
    expectDelivered(outcome, engineName);
  });

  test.each(NODE_VERSIONS)('%s that permits no worker flushes on the main thread, and says so', async (version) => {
    const application = await Application.make(`${version} no worker`);
    const { stdout, intake } = await application.run(
      'main.mjs',
      `${LOAD.import}
      const stats = new ThreadStats({ counterType: 'count', onError: (error) => console.log(error.code) });
      stats.start({ flushMode: 'worker' }).increment('orders', 7);
      await stats.stop();`,
      nodePath(version),
      permissionFlags(version),
    );
    expect(stdout).toBe('ERR_THREADSTATS_NO_WORKER\n');
    expect(intake.metric('orders')).toMatchObject([{ points: [[expect.any(Number), 7]] }]);
  });

  test.each(NODE_VERSIONS)('%s keeps its worker from files that the process may not write', async (version) => {
    const application = await Application.make(`${version} permissions`);
    await mkdir(path.join(application.folder, 'spool'), { recursive: true });
    // Nothing can be sent, so everything would be spooled at the exit.
    await application.run(
      'main.mjs',
      `${LOAD.import}
      const spoolDirectory = './spool';
      const stats = new ThreadStats({ url: 'http://127.0.0.1:9', spoolDirectory, onError() {} }).start({ flushMode: 'worker' });
      stats.increment('orders', 7);
      process.exit();`,
      nodePath(version),
      [...permissionFlags(version), '--allow-worker'],
    );
    expect(await readdir(path.join(application.folder, 'spool'))).toEqual([]);
  });
});

describe('Deno', () => {
  const deno = path.join(TOOLS, '@deno/linux-x64-glibc/deno');

  test.each(['import', 'require'] as const)('delivers with the permissions that the document names, by %s', async (load) => {
    const document = await readFile(new URL('../../docs/runtimes.md', import.meta.url), 'utf8');
    const [, flags] = /^deno run (--allow-.*) \S+$/m.exec(document)!;
    const application = await Application.make(`deno ${load}`);
    const args = ['run', '--no-prompt', '--node-modules-dir=manual', ...flags.split(' ')];
    expectDelivered(await application.run(`main.${EXTENSION[load]}`, LOAD[load] + DELIVER, deno, args));
  });

  test('constructs a client without --allow-env, and says that variables count as unset', async () => {
    const application = await Application.make('deno without variables');
    const code = `${LOAD.import}
      process.on('warning', ({ message }) => console.log(message));
      const stats = new ThreadStats({ url: Deno.args[0], apiKey: 'any', counterType: 'count' }).start();
      stats.increment('orders', 7);
      await stats.stop();`;
    await application.write('main.mjs', code);
    await using intake = await startIntake();
    const args = ['run', '--no-prompt', '--node-modules-dir=manual', '--allow-net', 'main.mjs', intake.url];
    expect(await execute(deno, args, application.folder)).toMatch(/is not permitted to read environment variables.*--allow-env/);
    expect(intake.metric('orders')).toMatchObject([{ points: [[expect.any(Number), 7]] }]);
  });
});

test.each(['import', 'require'] as const)('Bun delivers, by %s', async (load) => {
  const application = await Application.make(`bun ${load}`);
  const bun = path.join(TOOLS, '@oven/bun-linux-x64/bin/bun');
  expectDelivered(await application.run(`main.${EXTENSION[load]}`, LOAD[load] + DELIVER, bun));
});

describe('workerd', () => {
  const CONFIG = `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private", "local"]))],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "main.mjs", esModule = embed "bundle.mjs")],
      bindings = [(name = "DD_URL", fromEnvironment = "DD_URL"), (name = "DD_API_KEY", fromEnvironment = "DD_API_KEY")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
    );`;

  /** Answers with what the client reported as errors. */
  const handler = (flushMode: string): string => `${LOAD.import}
    const errors = [];
    const onError = (error) => errors.push(error.code);
    const stats = new ThreadStats({ counterType: 'count', constantTags: ['mode:${flushMode}'], onError });
    stats.start({ flushMode: '${flushMode}' });
    export default {
      async fetch() {
        stats.increment('orders', 7);
        stats.distribution('sizes', 1.5);
        stats.event('done', 'text');
        await stats.flush(Infinity);
        return new Response(errors.join());
      },
    };`;

  test.each([
    ['manual', ''],
    ['timer', 'ERR_THREADSTATS_NO_TIMER'],
    ['worker', 'ERR_THREADSTATS_NO_TIMER'],
  ])('delivers in a handler, started outside of it in mode %s', async (flushMode, errors) => {
    const application = await Application.make(`workerd ${flushMode}`);
    await application.write('main.mjs', handler(flushMode));
    await application.write('config.capnp', CONFIG);
    const args = ['main.mjs', '--bundle', '--format=esm', '--platform=node', '--outfile=bundle.mjs', '--log-level=error'];
    await execute(path.join(TOOLS, '.bin/esbuild'), args, application.folder);
    await using intake = await startIntake();
    const workerd = spawn(
      path.join(TOOLS, '@cloudflare/workerd-linux-64/bin/workerd'),
      ['serve', '--control-fd=3', 'config.capnp'],
      {
        cwd: application.folder,
        env: { DD_URL: intake.url, DD_API_KEY: 'any' },
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      },
    );
    try {
      const [line] = await once((workerd.stdio[3] as Readable).setEncoding('utf8'), 'data');
      const response = await fetch(`http://127.0.0.1:${JSON.parse(line).port}/`);
      expect(await response.text()).toBe(errors);
      expect(received(intake)).toEqual([[`mode:${flushMode}`, 7, [1.5], 1]]);
    } finally {
      workerd.kill();
    }
  });
});

describe('a single executable', () => {
  async function bundle(name: string): Promise<Application> {
    const application = await Application.make(`executable ${name}`);
    await application.write('main.mjs', LOAD.import + DELIVER);
    const args = ['main.mjs', '--bundle', '--format=cjs', '--platform=node', '--outfile=bundle.cjs', '--log-level=error'];
    await execute(path.join(TOOLS, '.bin/esbuild'), args, application.folder);
    return application;
  }

  test('of Node.js 26 delivers', async () => {
    const application = await bundle('26');
    const config = { main: 'bundle.cjs', output: 'app', disableExperimentalSEAWarning: true };
    await application.write('sea.json', JSON.stringify(config));
    await execute(nodePath('26'), ['--build-sea', 'sea.json'], application.folder);
    expectDelivered(await runAgainstIntake([], '/', path.join(application.folder, 'app')));
  });

  test('of Node.js 20.19 delivers', async () => {
    const application = await bundle('20.19');
    const { folder } = application;
    const config = { main: 'bundle.cjs', output: 'app.blob', disableExperimentalSEAWarning: true };
    await application.write('sea.json', JSON.stringify(config));
    await execute(nodePath('20.19'), ['--experimental-sea-config', 'sea.json'], folder);
    await copyFile(nodePath('20.19'), path.join(folder, 'app'));
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
    await execute(path.join(TOOLS, '.bin/postject'), ['app', 'NODE_SEA_BLOB', 'app.blob', '--sentinel-fuse', fuse], folder);
    expectDelivered(await runAgainstIntake([], '/', path.join(folder, 'app')));
  });
});
