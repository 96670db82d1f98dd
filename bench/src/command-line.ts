import { SUITES } from './suites.js';

/** The options of `npm run bench -- ...`. */
export interface CommandLine {
  /** True for a run of about a minute, with fewer rounds and only the contenders that the table of targets needs. */
  readonly isQuick: boolean;
  /** True to time work that waits for no server by processor time, for a machine that does other work too. */
  readonly isProcessorTime: boolean;
  /** Runs only suites and benches whose name contains this text. */
  readonly only: string | undefined;
  /** Number of processes for each contender, from 1 to 99; undefined for the default. */
  readonly processes: number | undefined;
  /** File for the results as JSON; `-` for standard output, to which nothing else is then printed. */
  readonly json: string | undefined;
  readonly areChartsDrawn: boolean;
  /** File with the results of an earlier run, which are shown or drawn instead of new ones. */
  readonly from: string | undefined;
  /** A git revision. Only the engines are measured, those of this checkout and of the revision in turn. */
  readonly against: string | undefined;
}

export const USAGE = `npm run bench -- [--quick] [--processor-time] [--only NAME] [--processes N] [--json [FILE]] [--charts]
                 [--from FILE] [--against REVISION]

  --quick        takes about a minute: fewer rounds, and only what the table of targets needs
  --processor-time
                 times work that waits for no server by the processor time of the process, for a machine that does other work
                 too
  --only NAME    runs only suites (${SUITES.map(({ name }) => name).join(', ')}) and benches whose name contains NAME
  --processes N  measures each contender in N processes (1 to 99), one after the other, of 3 rounds each (--quick: 2)
  --json [FILE]  writes the results as JSON, to FILE or to standard output
  --charts       draws bench/charts/*.svg
  --from FILE    shows, or draws, the results that an earlier run wrote with --json
  --against REVISION
                 builds another git revision, and measures both engines of this checkout and of the revision in turn
`;

/** An error in the command line. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
  }
}

/** Parses the command line. Throws a UsageError for unknown options and bad values. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  let isQuick = false;
  let isProcessorTime = false;
  let only: string | undefined;
  let processes: number | undefined;
  let json: string | undefined;
  let areChartsDrawn = false;
  let from: string | undefined;
  let against: string | undefined;
  const rest = [...args];
  const value = (option: string): string => {
    const next = rest.shift();
    if (next === undefined || next.startsWith('--')) throw new UsageError(`${option} needs a value`);
    return next;
  };
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--quick') isQuick = true;
    else if (option === '--processor-time') isProcessorTime = true;
    else if (option === '--only') only = value(option);
    else if (option === '--processes') processes = wholeNumber(option, value(option));
    else if (option === '--json') json = rest[0] === undefined || rest[0].startsWith('--') ? '-' : value(option);
    else if (option === '--charts') areChartsDrawn = true;
    else if (option === '--from') from = value(option);
    else if (option === '--against') against = value(option);
    else throw new UsageError(`unknown option ${option}`);
  }
  if (against !== undefined && (areChartsDrawn || from !== undefined)) {
    throw new UsageError('--against cannot be combined with --charts or --from');
  }
  return { isQuick, isProcessorTime, only, processes, json, areChartsDrawn, from, against };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) throw new UsageError(`${option} must be a whole number from 1 to 99, not ${text}`);
  return Number(text);
}
