/**
 * True in a runtime that runs code only while it handles a request: Cloudflare's workerd, which alone has this global. Timers do
 * not fire between requests there, and may not be set outside of a handler.
 */
export function isRequestBound(): boolean {
  return typeof (globalThis as { WebSocketPair?: unknown }).WebSocketPair === 'function';
}
