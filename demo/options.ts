import { parseArgs } from 'node:util';

const ENGINES = ['auto', 'wasm', 'js'] as const;
const MAX_SECONDS = 3600;

/** The options of the command line. */
export interface DemoOptions {
  /** Default: `THREADSTATS_ENGINE`, or else whichever the runtime supports. */
  readonly engine: (typeof ENGINES)[number] | undefined;
  /** Length of the load, a whole number of seconds from 1 to 3600. */
  readonly seconds: number;
  /** Base URL of an intake that replaces the embedded one. */
  readonly url: string | undefined;
  /** Datadog site that replaces the embedded intake. */
  readonly site: string | undefined;
}

export const USAGE = `Usage: npm run demo -- [options]

Runs a small web shop under load for some seconds and reports its metrics once a second to an intake in this process,
then prints what that intake received. With --url, --site or DD_API_KEY, the metrics go to a real intake instead.

  --engine <name>   wasm, js or auto (default: THREADSTATS_ENGINE, or else auto)
  --seconds <n>     length of the load in whole seconds, from 1 to ${MAX_SECONDS} (default: 6)
  --url <url>       report to this intake; the key is read from DD_API_KEY
  --site <site>     report to this Datadog site, such as datadoghq.eu; the key is read from DD_API_KEY
  --help            print this

The exit code is 1 if the intake did not receive exactly what the shop counted, or if anything was dropped.
`;

/**
 * Parses the command line. Returns `'help'` if the options include `--help`.
 *
 * @throws TypeError | RangeError if a value is not accepted; the message names the option, the value and what is accepted.
 */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: 'string' },
      seconds: { type: 'string', default: '6' },
      url: { type: 'string' },
      site: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const { url, site } = values;
  return { engine: parseEngine(values.engine), seconds: parseSeconds(values.seconds), url, site };
}

function parseEngine(value: string | undefined): DemoOptions['engine'] {
  const engine = ENGINES.find((name) => name === value);
  if (value !== engine) throw new RangeError(`--engine is '${value}'; accepted is one of ${ENGINES.join(', ')}`);
  return engine;
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (/^\d+$/.test(value) && seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  throw new RangeError(`--seconds is '${value}'; accepted is a whole number from 1 to ${MAX_SECONDS}`);
}
