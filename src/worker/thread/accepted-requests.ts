import { createHash } from 'node:crypto';
import type { Transport, TransportRequest, TransportResponse } from '../../http/transport/transport.js';

/**
 * Requests that the intake has accepted, each known by a digest. When a worker ends amid a flush the next one makes the same
 * requests of the same slices, and those that were accepted must not be sent again: distributions and events add up.
 */
export class AcceptedRequests {
  /** How often each was accepted; they may be alike. */
  readonly #counts = new Map<string, number>();
  readonly #onAccept: (digest: string) => void;

  /** @param onAccept Gets each digest as soon as there is the answer. */
  constructor(digests: readonly string[], onAccept: (digest: string) => void) {
    this.#onAccept = onAccept;
    for (const digest of digests) this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
  }

  /** Whether a request was accepted before; each is told once. */
  take(digest: string): boolean {
    const count = this.#counts.get(digest) ?? 0;
    if (count === 0) return false;
    this.#counts.set(digest, count - 1);
    return true;
  }

  add(digest: string): void {
    this.#onAccept(digest);
  }

  /** Forgets those of before: what was sent again has been answered for. */
  clear(): void {
    this.#counts.clear();
  }
}

/** Sends nothing twice that was accepted. */
export class RememberingTransport implements Transport {
  readonly #transport: Transport;
  readonly #accepted: AcceptedRequests;

  constructor(transport: Transport, accepted: AcceptedRequests) {
    this.#transport = transport;
    this.#accepted = accepted;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { path, body } = request;
    if (body === undefined) return this.#transport.send(request);
    const digest = createHash('sha256').update(path).update(body).digest('base64');
    if (this.#accepted.take(digest)) return { statusCode: 202, headers: {}, text: '' };
    const answer = await this.#transport.send(request);
    if (answer.statusCode >= 200 && answer.statusCode < 300) this.#accepted.add(digest);
    return answer;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
