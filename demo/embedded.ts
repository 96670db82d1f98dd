import { ThreadStatsError } from 'threadstats';
import { type Intake, startIntake } from 'threadstats/intake';
import { compare } from './check.js';
import { createClient } from './client.js';
import type { DemoOptions } from './options.js';
import { playScene } from './scene.js';
import { Seconds } from './seconds.js';
import { printComparisons, printSummary, samplesDropped } from './summary.js';
import { SecondsTable } from './table.js';
import type { Terminal } from './terminal.js';

/** Runs the demo with an intake in this process and prints what the intake received. Returns whether the numbers add up. */
export async function runEmbedded(terminal: Terminal, { engine, seconds }: DemoOptions, signal: AbortSignal): Promise<boolean> {
  // A proxy that the environment names cannot reach a server in this process.
  process.env.DD_PROXY_NO_PROXY = '127.0.0.1';
  const intake = await startIntake();
  const stats = createClient(terminal, { engine, url: intake.url, apiKey: 'demo' });
  terminal.print(
    `A web shop under load for ${seconds} s reports every second, with the engine ${stats.engineName}, to ${intake.url}.`,
  );
  terminal.print('The tables show what the intake received.');
  const watch = new Watch(terminal, intake, seconds);
  try {
    const scene = playScene(stats, seconds, signal).finally(() => stats.stop());
    const [result] = await Promise.all([scene.finally(() => intake.close()), watch.run()]);
    const { telemetry, engineName } = stats;
    printSummary(terminal, { engineName, telemetry, longestDelayMilliseconds: result.longestDelayMilliseconds });
    return printComparisons(terminal, compare(result, telemetry, intake)) && samplesDropped(telemetry) === 0;
  } finally {
    await intake.close();
  }
}

/** Prints what an intake receives, as it arrives. */
class Watch {
  readonly #intake: Intake;
  readonly #seconds: Seconds;
  readonly #table: SecondsTable;
  readonly #expectedSeconds: number;
  #secondsPrinted = 0;
  #eventsPrinted = 0;

  constructor(terminal: Terminal, intake: Intake, expectedSeconds: number) {
    this.#intake = intake;
    this.#seconds = new Seconds(intake);
    this.#table = new SecondsTable(terminal);
    this.#expectedSeconds = expectedSeconds;
  }

  /** Runs until the intake is closed. */
  async run(): Promise<void> {
    try {
      for (let seen = 0; ; seen = this.#intake.requests.length) {
        await this.#intake.waitFor(({ requests }) => requests.length > seen, { timeoutMilliseconds: 2 ** 31 - 1 });
        this.#print(false);
      }
    } catch (error) {
      if (!(error instanceof ThreadStatsError && error.code === 'ERR_THREADSTATS_INTAKE_CLOSED')) throw error;
    }
    this.#print(true);
  }

  #print(all: boolean): void {
    for (const second of this.#seconds.take(all)) {
      this.#table.print(second, `second ${++this.#secondsPrinted} of ${this.#expectedSeconds}`);
    }
    const { events } = this.#intake;
    for (; this.#eventsPrinted < events.length; this.#eventsPrinted++) this.#table.printEvent(events[this.#eventsPrinted]);
  }
}
