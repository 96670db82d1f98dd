import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface SinkQuestion {
  /** Whether the rows are to be counted, which takes a while. */
  isCounted: boolean;
}

/** What came since the last question. */
export interface SinkAnswer {
  /** When the last byte came, on the clock of `process.hrtime.bigint`. */
  lastByteNanoseconds: string;
  bytes: number;
  requests: number;
  rows: number;
}

/** A local server that takes everything, in a process of its own that ends with this one. */
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

  /** Forgets what came, and tells about it. */
  async take(isCounted = false): Promise<SinkAnswer> {
    this.#process.send({ isCounted } satisfies SinkQuestion);
    const [answer] = await once(this.#process, 'message');
    return answer;
  }
}
