import { isAccepted } from '../http/transport/judge-response.js';
import type { Transport, TransportRequest, TransportResponse } from '../http/transport/transport.js';
import { builtin } from '../runtime/builtin.js';

/**
 * Remembers the requests that the intake accepted from earlier workers, each by a digest. If a worker ends in the middle of a
 * flush, the next one, or the main thread, makes the same requests from the same slices. Accepted requests must not be sent again,
 * because the intake would count distributions and events twice.
 */
export class AcceptedRequests {
  /** By digest, how often the request was accepted: requests can be equal. */
  readonly #counts = new Map<string, number>();
  readonly #onAccept: (digest: string) => void;

  /** @param onAccept Is called with the digest of each request that the intake accepts from now on. */
  constructor(digests: readonly string[], onAccept: (digest: string) => void = () => {}) {
    this.#onAccept = onAccept;
    for (const digest of digests) this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
  }

  /** Returns a transport that sends all requests except those that were accepted before. */
  skipIn(transport: Transport): Transport {
    return {
      send: (request) => this.#send(request, transport),
      close: () => transport.close(),
    };
  }

  async #send(request: TransportRequest, transport: Transport): Promise<TransportResponse> {
    const { path, body } = request;
    if (body === undefined) return transport.send(request);
    const digest = builtin('node:crypto').createHash('sha256').update(path).update(body).digest('base64');
    const count = this.#counts.get(digest) ?? 0;
    if (count > 0) {
      this.#counts.set(digest, count - 1);
      return { statusCode: 202, headers: {}, text: '' };
    }
    const response = await transport.send(request);
    if (isAccepted(response)) this.#onAccept(digest);
    return response;
  }

  /** Forgets the requests of earlier workers, when all their rows have been answered for. */
  clear(): void {
    this.#counts.clear();
  }
}
