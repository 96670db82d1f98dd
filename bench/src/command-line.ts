import { SUITES } from './suites.js';

/** What `npm run bench -- ...` was asked for. */
export interface CommandLine {
  /** A run of about a minute: fewer rounds, and only what the table of targets needs. */
  readonly isQuick: boolean;
  /** Only the suites and benches whose name has this in it. */
  readonly only: string | undefined;
  /** Processes of each contender; undefined for the default. */
  readonly processes: number | undefined;
  /** Where the results go as JSON: a file, or `-` for standard output, which then has nothing else. */
  readonly json: string | undefined;
  readonly areChartsDrawn: boolean;
  /** A file with results of an earlier run, which are shown or drawn in place of new ones. */
  readonly from: string | undefined;
}

export const USAGE = `npm run bench -- [--quick] [--only NAME] [--processes N] [--json [FILE]] [--charts] [--from FILE]

  --quick        about a minute: fewer rounds, and only what the table of targets needs
  --only NAME    only suites (${SUITES.map(({ name }) => name).join(', ')}) and benches whose name has NAME in it
  --processes N  so many processes for each contender, one after the other, of 3 rounds (--quick: 2) each
  --json [FILE]  the results as JSON, in a file or on standard output
  --charts       draws bench/charts/*.svg
  --from FILE    shows, or draws, the results that an earlier run wrote by --json
`;

/** The command line makes no sense. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
  }
}

/** Reads the command line; throws a UsageError when it makes no sense. */
export function parseCommandLine(given: readonly string[]): CommandLine {
  let isQuick = false;
  let only: string | undefined;
  let processes: number | undefined;
  let json: string | undefined;
  let areChartsDrawn = false;
  let from: string | undefined;
  const rest = [...given];
  const value = (option: string): string => {
    const next = rest.shift();
    if (next === undefined || next.startsWith('--')) throw new UsageError(`${option} wants a value`);
    return next;
  };
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--quick') isQuick = true;
    else if (option === '--only') only = value(option);
    else if (option === '--processes') processes = wholeNumber(option, value(option));
    else if (option === '--json') json = rest[0] === undefined || rest[0].startsWith('--') ? '-' : value(option);
    else if (option === '--charts') areChartsDrawn = true;
    else if (option === '--from') from = value(option);
    else throw new UsageError(`there is no option ${option}`);
  }
  return { isQuick, only, processes, json, areChartsDrawn, from };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) throw new UsageError(`${option} wants a number from 1 to 99, not ${text}`);
  return Number(text);
}
