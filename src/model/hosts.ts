// Names of hosts, by the rules of the API and of the Agent (its `hostname/validate`).

/** Longest host name that the intake accepts. */
export const MAX_HOST_CHARACTERS = 253;

/** Names that every machine calls itself. */
const OWN_NAMES = new Set(['localhost', 'localhost.localdomain', 'localhost6.localdomain6', 'ip6-localhost']);

/** Letters, digits and `-` between dots, and the `_` that some systems allow. */
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;

/** Describes the accepted hosts, for error messages. */
export const ACCEPTED_HOST = `a string of at most ${MAX_HOST_CHARACTERS} characters without NUL`;

/** Whether the intake accepts this host. The empty string means none, and is accepted. */
export function isAcceptedHost(host: unknown): host is string {
  return typeof host === 'string' && host.length <= MAX_HOST_CHARACTERS && !host.includes('\0');
}

/** Returns the host as the server keeps it: without line breaks and tabs, and with `-` in place of `<` and `>`. */
export function normalizeHost(host: string): string {
  return /[\n\r\t<>]/.test(host) ? host.replace(/[\n\r\t]/g, '').replace(/[<>]/g, '-') : host;
}

/** Whether this names one machine and no other: it is a host name (RFC 1123), and not `localhost`. */
export function isHostName(host: string): boolean {
  return host.length <= MAX_HOST_CHARACTERS && HOST_NAME.test(host) && !OWN_NAMES.has(host.toLowerCase());
}
