import { Buffer } from 'node:buffer';
import type { Environment } from '../options/environment.js';
import { builtin } from '../runtime/builtin.js';
import { showUrl } from './redact.js';

/** An HTTP proxy. The URL has no credentials, so that it may be shown. */
export interface HttpProxy {
  /** Protocol of the connection to the proxy itself (`http:` or `https:`), host and port. */
  readonly url: URL;
  /** Value of the header Proxy-Authorization. */
  readonly authorization: string | undefined;
}

/** The variables by the target's protocol. The first one that is not empty counts. */
const PROXY_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'https:': ['DD_PROXY_HTTPS', 'HTTPS_PROXY', 'https_proxy'],
  'http:': ['DD_PROXY_HTTP', 'HTTP_PROXY', 'http_proxy'],
};
const NO_PROXY_VARIABLES = ['DD_PROXY_NO_PROXY', 'NO_PROXY', 'no_proxy'];

/**
 * Returns the proxy for a URL, or undefined when the URL is reached directly.
 *
 * @throws RangeError when the variable that applies does not hold the URL of an HTTP proxy.
 */
export function proxyFor(target: URL, environment: Environment): HttpProxy | undefined {
  const variable = firstSet(PROXY_VARIABLES[target.protocol] ?? [], environment);
  if (variable === undefined) return undefined;
  const noProxy = firstSet(NO_PROXY_VARIABLES, environment);
  if (noProxy !== undefined && isExcluded(target, environment[noProxy]!)) return undefined;
  return parseProxy(variable, environment[variable]!.trim());
}

function firstSet(variables: readonly string[], environment: Environment): string | undefined {
  return variables.find((variable) => environment[variable]?.trim());
}

/**
 * Applies the rules of NO_PROXY that curl and undici share. Entries are separated by commas or blanks. `*` matches every host. A
 * name matches itself and its subdomains, with or without a leading `.` or `*.`; `:port` limits it to that port. A block like
 * `10.0.0.0/8` matches the addresses in it; names are not resolved for that.
 */
function isExcluded(target: URL, noProxy: string): boolean {
  const host = withoutBrackets(target.hostname);
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    if (entry.includes('/')) return isInBlock(host, entry);
    const [, name, entryPort] = /^(\[.*\]|[^:]*|.*:.*:.*)(?::(\d+))?$/.exec(entry) ?? [];
    if (!name || (entryPort !== undefined && Number(entryPort) !== Number(port))) return false;
    const suffix = withoutBrackets(name.toLowerCase().replace(/^\*?\./, ''));
    return host === suffix || host.endsWith(`.${suffix}`);
  });
}

/** True if the host is an address in the block. A block that is not valid has no addresses. */
function isInBlock(host: string, block: string): boolean {
  const { BlockList, isIP, isIPv6 } = builtin('node:net');
  if (isIP(host) === 0) return false;
  const [, network, bits] = /^\[?([^\]]*)\]?\/(\d+)$/.exec(block) ?? [];
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
    return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
  } catch {
    return false;
  }
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function parseProxy(variable: string, value: string): HttpProxy {
  try {
    // As in curl, a proxy without a scheme is an HTTP proxy.
    const url = new URL(value.includes('://') ? value : `http://${value}`);
    if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') throw new RangeError();
    const credentials = `${decode(url.username)}:${decode(url.password)}`;
    const authorization = credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
    return { url: new URL(url.origin), authorization };
  } catch {
    throw new RangeError(
      `The environment variable ${variable} is ${JSON.stringify(showUrl(value))}; accepted is the URL of an HTTP proxy, like http://proxy.example:3128`,
    );
  }
}

/** Many passwords hold a percent sign that nobody has encoded. */
function decode(credential: string): string {
  try {
    return decodeURIComponent(credential);
  } catch {
    return credential;
  }
}
