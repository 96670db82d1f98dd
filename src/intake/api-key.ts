import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const REDACTED = '[redacted]';
const KEY_PARAMETERS: readonly string[] = ['api_key', 'application_key'];

/** Splits a query into its parameters as they were sent, each with its decoded name and value. */
function parametersOf(query: string): { sent: string; name: string; value: string }[] {
  return query.split('&').map((sent) => {
    const [[name, value] = ['', '']] = new URLSearchParams(sent);
    return { sent, name: name.toLowerCase(), value };
  });
}

function splitTarget(target: string): [pathname: string, query: string | null] {
  const index = target.indexOf('?');
  return index === -1 ? [target, null] : [target.slice(0, index), target.slice(index + 1)];
}

/**
 * Returns the API key of a request, the one of the header before the one of the query, and where there was one. A key in the query
 * is always told, even when the header has one as well.
 */
export function findApiKey(request: IncomingMessage): { key: string | null; apiKeyIn: 'header' | 'query' | null } {
  const inHeader = request.headers['dd-api-key'];
  const [, query] = splitTarget(request.url ?? '');
  const inQuery = parametersOf(query ?? '').find(({ name, value }) => name === 'api_key' && value !== '')?.value;
  const key = (typeof inHeader === 'string' && inHeader) || inQuery || null;
  return { key, apiKeyIn: inQuery !== undefined ? 'query' : key !== null ? 'header' : null };
}

/** Returns a request's path and query without the keys in it. */
export function redactTarget(target: string): string {
  const [pathname, query] = splitTarget(target);
  if (query === null) return pathname;
  const shown = parametersOf(query).map(({ sent, name }) =>
    KEY_PARAMETERS.includes(name) ? `${sent.split('=', 1)[0]}=${REDACTED}` : sent,
  );
  return `${pathname}?${shown.join('&')}`;
}

export function redactHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return 'dd-api-key' in headers ? { ...headers, 'dd-api-key': REDACTED } : { ...headers };
}
