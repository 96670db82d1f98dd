import { isAcceptedHost, isHostName, MAX_HOST_CHARACTERS } from '../model/hosts.js';
import { showValue } from '../model/text.js';
import type { Environment } from '../options/environment.js';
import { machineName } from '../runtime/machine-name.js';

/**
 * Variables that platforms set on which instances come and go by the minute. If each instance were a host, each would make every
 * series anew, and the series are billed.
 */
const SERVERLESS_VARIABLES = [
  // AWS Lambda, and Vercel, which runs on it.
  'AWS_LAMBDA_FUNCTION_NAME',
  'VERCEL',
  // Google Cloud Run: services (Knative, too), jobs, functions.
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'FUNCTION_TARGET',
  // Azure: Functions, App Service, Container Apps.
  'FUNCTIONS_WORKER_RUNTIME',
  'WEBSITE_SITE_NAME',
  'CONTAINER_APP_NAME',
] as const;

/**
 * Returns the host of a client without the option `host`: `DD_HOSTNAME`, or else the name of the machine. Returns undefined for
 * none: on serverless platforms, and if the machine has no name of its own (`localhost`).
 *
 * @throws RangeError if the intake would refuse the value of `DD_HOSTNAME`.
 */
export function defaultHost(env: Environment): string | undefined {
  const variable = env.DD_HOSTNAME?.trim();
  if (variable) {
    if (isAcceptedHost(variable)) return variable;
    throw new RangeError(
      `The environment variable DD_HOSTNAME is ${showValue(variable)}; accepted are at most ${MAX_HOST_CHARACTERS} characters without NUL`,
    );
  }
  if (SERVERLESS_VARIABLES.some((name) => env[name])) return undefined;
  const name = machineName();
  return name !== undefined && isHostName(name) ? name : undefined;
}
