import { IntakeError } from '../errors.js';
import type { RequestContext } from './answer.js';
import { sanitise } from './redact.js';

const MAX_CAUSE_CHARACTERS = 200;

/** Codes by which the system, Node.js and undici say that time ran out. */
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * What it means that a request got no answer. The cause is written anew from the code and the message of the original,
 * because that one may hold raw bytes of the connection, and with them an echoed API key.
 */
export function judgeFailure(failure: unknown, context: RequestContext): IntakeError {
  const { code, message } = originOf(failure);
  const text = sanitise(message, context.apiKey, MAX_CAUSE_CHARACTERS) || code || 'unknown failure';
  const intakeCode = TIMEOUT_CODES.has(code ?? '') ? 'ERR_THREADSTATS_INTAKE_TIMEOUT' : 'ERR_THREADSTATS_INTAKE_UNREACHABLE';
  const cause = Object.assign(new Error(text), { code });
  return new IntakeError(intakeCode, `${context.name} got no answer: ${text}`, { retryable: true, cause });
}

/** A host with several addresses fails with one error for each of them; the first one stands for all. */
function originOf(failure: unknown): { code: string | undefined; message: string } {
  if (failure instanceof AggregateError && failure.errors.length > 0) return originOf(failure.errors[0]);
  if (!(failure instanceof Error)) return { code: undefined, message: String(failure) };
  const { code } = failure as { code?: unknown };
  return { code: typeof code === 'string' ? code : undefined, message: failure.message };
}
