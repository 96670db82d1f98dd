// Bundles an application and the package into one file, and runs that in a folder that holds nothing else.

import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Application,
  DELIVER,
  execute,
  expectDelivered,
  LOAD,
  makeFolder,
  type NodeVersion,
  nodePath,
  ROOT,
  runAgainstIntake,
  TOOLS,
} from './application.js';

const RUN_ON: NodeVersion[] = ['20.19', '26'];
const BUNDLE = path.join(ROOT, 'test/package/bundle.mjs');
const ESBUILD = path.join(TOOLS, '.bin/esbuild');

const CASES = ['esbuild', 'rollup', 'rolldown', 'webpack', 'parcel'].flatMap((bundler) =>
  (['cjs', 'esm'] as const).map((format) => ({ bundler, format })),
);

let alone: string;
beforeAll(async () => {
  alone = await makeFolder();
});
afterAll(() => rm(alone, { recursive: true }));

describe.concurrent('an application in one file', () => {
  test.each(CASES)('delivers when bundled by $bundler as $format', async ({ bundler, format }) => {
    const application = await Application.make(`${bundler} ${format}`);
    await application.write('app.mjs', LOAD.import + DELIVER);
    const file = format === 'cjs' ? 'app.cjs' : 'app.mjs';
    const output = path.join(application.folder, 'out', file);
    await execute(process.execPath, [BUNDLE, bundler, format, path.join(application.folder, 'app.mjs'), output]);
    const folder = path.join(alone, `${bundler} ${format}`);
    await mkdir(folder);
    await cp(output, path.join(folder, file));
    for (const version of RUN_ON) expectDelivered(await runAgainstIntake([file], folder, nodePath(version)));
  });

  test('delivers when bundled by the commands of the document, and reads no other file', async () => {
    const document = await readFile(path.join(ROOT, 'docs/runtimes.md'), 'utf8');
    const commands = [...document.replaceAll('\\\n', '').matchAll(/^esbuild app\.ts .*$/gm)].map(([command]) => command);
    expect(commands).toHaveLength(2);
    const application = await Application.make('documented');
    await application.write('app.ts', (LOAD.import + DELIVER).replace('(flushMode)', "(flushMode: 'timer' | 'worker')"));
    const env = { ...process.env, PATH: `${path.dirname(ESBUILD)}${path.delimiter}${process.env.PATH}` };
    for (const command of commands) await execute('sh', ['-c', `${command} --log-level=error`], application.folder, env);
    const folder = path.join(alone, 'documented');
    for (const file of ['app.cjs', 'app.mjs']) await cp(path.join(application.folder, file), path.join(folder, file));
    expect(await readdir(folder)).toEqual(['app.cjs', 'app.mjs']);
    for (const file of ['app.cjs', 'app.mjs']) {
      // Node.js also looks for a package.json beside the file, and carries on if reading it is not permitted.
      const flags = ['--permission', '--allow-net', '--allow-worker', `--allow-fs-read=${path.join(folder, file)}`];
      expectDelivered(await runAgainstIntake([...flags, file], folder, nodePath('26')));
    }
  });

  test('delivers when bundled as an ES module without the banner', async () => {
    const application = await Application.make('without a banner');
    await application.write('app.mjs', LOAD.import + DELIVER);
    const output = path.join(alone, 'without a banner.mjs');
    const args = ['app.mjs', '--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${output}`];
    await execute(ESBUILD, args, application.folder);
    expectDelivered(await runAgainstIntake([output], alone));
  });

  test('may be minified, and may include the intake for tests', async () => {
    const application = await Application.make('minified');
    await application.write(
      'app.mjs',
      `import { ThreadStats } from 'threadstats';
      import { startIntake } from 'threadstats/intake';
      const intake = await startIntake();
      const stats = new ThreadStats({ url: intake.url }).start();
      stats.increment('orders');
      await stats.stop();
      console.log(intake.metric('orders').length);
      await intake.close();`,
    );
    const output = path.join(alone, 'minified.mjs');
    const args = [
      'app.mjs',
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--minify',
      '--log-level=error',
      `--outfile=${output}`,
    ];
    await execute(ESBUILD, args, application.folder);
    expect((await runAgainstIntake([output], alone)).stdout).toBe('1\n');
  });
});
