import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface SinkQuestion {
  /** True to count the values too, which is slow. */
  isCounted: boolean;
}

/** The requests that have arrived since the last call of `take`. */
export interface SinkAnswer {
  /** Time of the last byte, on the clock of `process.hrtime.bigint`. */
  lastByteNanoseconds: string;
  bytes: number;
  requests: number;
  /** Values of all rows; 0 unless they were asked for. */
  values: number;
}

/** A local server that accepts every request. It runs in a process of its own, which ends with this one. */
export class Sink {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
  }

  static async start(): Promise<Sink> {
    const child = fork(fileURLToPath(new URL('sink-process.js', import.meta.url)));
    const [url] = await once(child, 'message');
    return new Sink(url, child);
  }

  /** Returns what has arrived since the last call, and forgets it. */
  async take(isCounted = false): Promise<SinkAnswer> {
    this.#process.send({ isCounted } satisfies SinkQuestion);
    const [answer] = await once(this.#process, 'message');
    return answer;
  }
}
