// The main file of `npm run demo`: an instrumented web shop under load, whose metrics go to an embedded or a real intake. The
// demo imports the package by its name, as an application does, and nothing else of this repository. Its options are in
// options.ts.

import { runAccount } from './account.js';
import { runEmbedded } from './embedded.js';
import { type DemoOptions, parseOptions, USAGE } from './options.js';
import { Terminal } from './terminal.js';

/** Returns whether the metrics go to a remote intake. Throws if one is named and there is no API key. */
function isForAccount({ url, site }: DemoOptions, env: NodeJS.ProcessEnv): boolean {
  const hasKey = [env.DD_API_KEY, env.DATADOG_API_KEY].some((key) => key?.trim());
  if (hasKey || (url === undefined && site === undefined)) return hasKey;
  throw new Error('--url and --site need an API key: set DD_API_KEY, to anything if the intake takes any key');
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  // The first Ctrl-C ends the load, and the remaining metrics are flushed. The second ends the process.
  process.once('SIGINT', () => interrupt.abort());
  const run = isForAccount(options, process.env) ? runAccount : runEmbedded;
  return (await run(new Terminal(process.stdout), options, interrupt.signal)) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
