// Bundles a program into one file: `node bundle.mjs <bundler> <format> <input> <output>`, with the tools of package.json.

import { createRequire } from 'node:module';
import path from 'node:path';

const [bundler, format, input, output] = process.argv.slice(2);
const isModule = format === 'esm';

/** What docs/runtimes.md puts before an ES module: a CommonJS module in it may require() modules of Node.js. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const BUNDLERS = {
  async esbuild() {
    const { build } = await import('esbuild');
    const banner = isModule ? { js: BANNER } : {};
    await build({ entryPoints: [input], outfile: output, bundle: true, platform: 'node', format, banner, logLevel: 'error' });
  },

  async rollup() {
    const { rollup } = await import('rollup');
    const [{ default: commonJs }, { default: json }, { default: nodeResolve }] = await Promise.all([
      import('@rollup/plugin-commonjs'),
      import('@rollup/plugin-json'),
      import('@rollup/plugin-node-resolve'),
    ]);
    const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonJs(), json()];
    const bundle = await rollup({ input, plugins, onLog() {} });
    await bundle.write({ file: output, format, inlineDynamicImports: true });
    await bundle.close();
  },

  async rolldown() {
    const { rolldown } = await import('rolldown');
    const bundle = await rolldown({ input, platform: 'node', onLog() {} });
    await bundle.write({ file: output, format, codeSplitting: false });
    await bundle.close();
  },

  async webpack() {
    const { default: webpack } = await import('webpack');
    const stats = await new Promise((resolve, reject) => {
      const done = (error, result) => (error ? reject(error) : resolve(result));
      webpack(
        {
          mode: 'production',
          target: 'node20',
          context: path.dirname(input),
          entry: input,
          module: { parser: { javascript: { dynamicImportMode: 'eager' } } },
          output: { path: path.dirname(output), filename: path.basename(output), module: isModule },
          experiments: { outputModule: isModule },
        },
        done,
      );
    });
    if (stats.hasErrors()) throw new Error(stats.toString());
  },

  async parcel() {
    const { Parcel } = await import('@parcel/core');
    const main = {
      distDir: path.dirname(output),
      distEntry: path.basename(output),
      engines: { node: '>=20' },
      context: 'node',
      includeNodeModules: true,
      outputFormat: isModule ? 'esmodule' : 'commonjs',
      isLibrary: isModule,
    };
    await new Parcel({
      entries: input,
      defaultConfig: createRequire(import.meta.url).resolve('@parcel/config-default'),
      mode: 'production',
      shouldDisableCache: true,
      targets: { main },
    }).run();
  },
};

await BUNDLERS[bundler]();
// Some tools keep threads or watchers.
process.exit();
