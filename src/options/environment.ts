/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

let wasDenied = false;

function readVariable(name: string | symbol): string | undefined {
  if (typeof name === 'symbol') return undefined;
  try {
    return Object.hasOwn(process.env, name) ? process.env[name] : undefined;
  } catch {
    if (!wasDenied) {
      wasDenied = true;
      const advice = 'permit it (Deno: --allow-env), or pass options instead';
      process.emitWarning(
        `threadstats is not permitted to read environment variables such as ${name}, so they count as unset: ${advice}`,
      );
    }
    return undefined;
  }
}

/**
 * The variables of this process at the time of reading. One that the process is not permitted to read counts as unset, and causes
 * a warning.
 * @internal
 */
export const processEnvironment: Environment = new Proxy(
  {},
  {
    get: (_, name) => readVariable(name),
    getOwnPropertyDescriptor(_, name) {
      const value = readVariable(name);
      return value === undefined ? undefined : { value, configurable: true, enumerable: true, writable: true };
    },
  },
);

/**
 * Returns the constant tags that the environment sets, as they are written there.
 *
 * The first are those of `DATADOG_TAGS`, or of `DD_TAGS` if that is unset or empty. Commas separate them, or blanks and line breaks
 * if there is no comma; blanks around a tag and empty tags are skipped. Then come `env:`, `service:` and `version:` with the values
 * of `DD_ENV`, `DD_SERVICE` and `DD_VERSION`, unless these are unset or empty.
 * @internal
 */
export function environmentTags(env: Environment): string[] {
  const variable = env.DATADOG_TAGS || env.DD_TAGS || '';
  const tags = variable
    .split(variable.includes(',') ? ',' : /\s/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  if (env.DD_ENV) tags.push(`env:${env.DD_ENV}`);
  if (env.DD_SERVICE) tags.push(`service:${env.DD_SERVICE}`);
  if (env.DD_VERSION) tags.push(`version:${env.DD_VERSION}`);
  return tags;
}
