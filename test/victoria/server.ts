// Starts and stops VictoriaMetrics, a database that accepts Datadog's v1 series and is independent of this project.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { unusedUrl } from '../support/unused-url.js';

const NOT_INSTALLED = 'victoria-metrics is not installed; on Debian: apt-get update && apt-get install -y victoria-metrics';
const START_TIMEOUT_MILLISECONDS = 30_000;
const READ_TIMEOUT_MILLISECONDS = 10_000;
const STOP_TIMEOUT_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 50;

/** A series as the export API returns it. */
export interface ExportedSeries {
  /** The labels. `__name__` is the metric's name. */
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** The time of each value in POSIX milliseconds, ascending. */
  readonly timestamps: readonly number[];
}

/** A running server. Its data is in a folder that `stop` removes. */
export class VictoriaMetrics {
  /** Base URL, such as `http://127.0.0.1:43210`. */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  constructor(url: string, process: ChildProcess, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /** Base URL for the client's option `url`. */
  get intakeUrl(): string {
    return `${this.url}/datadog`;
  }

  /**
   * Returns every series with this label. Waits until they have `pointCount` points, because the server shows new points with a
   * delay. Rejects when they have fewer points after 10 seconds, or more points.
   */
  async read(label: string, value: string, pointCount: number): Promise<ExportedSeries[]> {
    const query = new URLSearchParams({ 'match[]': `{${label}=${JSON.stringify(value)}}` });
    const begin = performance.now();
    for (;;) {
      await this.#get('/internal/force_flush');
      const lines = (await this.#get(`/api/v1/export?${query}`)).split('\n').filter((line) => line !== '');
      const series = lines.map((line) => JSON.parse(line) as ExportedSeries);
      const count = series.reduce((sum, { values }) => sum + values.length, 0);
      if (count === pointCount) return series;
      if (count > pointCount || performance.now() - begin > READ_TIMEOUT_MILLISECONDS) {
        throw new Error(
          `VictoriaMetrics must have ${pointCount} points with ${label}=${value}, not ${count}:\n${lines.join('\n')}`,
        );
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  async #get(path: string): Promise<string> {
    const { status, body } = await fetchText(this.url + path);
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${body}`);
    return body;
  }

  /** Ends the server, and removes its data. */
  async stop(): Promise<void> {
    await end(this.#process);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Starts a server on a free port of the loopback, and waits until it answers. Rejects when it is not installed or ends. */
export async function startVictoriaMetrics(): Promise<VictoriaMetrics> {
  const directory = await mkdtemp(join(tmpdir(), 'victoria-metrics-'));
  // The server cannot choose a free port itself and report it.
  const address = (await unusedUrl()).host;
  const options = [`-httpListenAddr=${address}`, `-storageDataPath=${directory}`, '-loggerLevel=ERROR'];
  const child = spawn('victoria-metrics', options, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await untilHealthy(`http://${address}/health`, child);
  } catch (error) {
    await end(child);
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return new VictoriaMetrics(`http://${address}`, child, directory);
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  let failure: Error | undefined;
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? new Error(NOT_INSTALLED) : error;
  });
  child.on('exit', (exitCode) => {
    failure = new Error(`victoria-metrics ended with exit code ${exitCode} while starting`);
  });
  const begin = performance.now();
  for (;;) {
    const status = await fetchText(url).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (failure !== undefined) throw failure;
    if (status === 200) return;
    if (performance.now() - begin > START_TIMEOUT_MILLISECONDS) throw new Error(`victoria-metrics does not answer at ${url}`);
    await sleep(POLL_MILLISECONDS);
  }
}

/** Uses `node:http`, because `fetch` needs WebAssembly. */
async function fetchText(url: string): Promise<{ status: number | undefined; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).on('error', reject));
  return { status: response.statusCode, body: await text(response) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timeout = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLISECONDS);
  await ended;
  clearTimeout(timeout);
}
