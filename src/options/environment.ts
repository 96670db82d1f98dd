/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the constant tags that the environment sets, as they are written there.
 *
 * The first are those of `DATADOG_TAGS`, or of `DD_TAGS` if that is unset or empty. Commas separate them, or blanks and line breaks
 * if there is no comma; blanks around a tag and empty tags are skipped. Then come `env:`, `service:` and `version:` with the values of `DD_ENV`, `DD_SERVICE` and
 * `DD_VERSION`, unless these are unset or empty.
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

const readable = new Proxy<Environment>(
  {},
  {
    get(_, name) {
      try {
        return process.env[name as string];
      } catch {
        return undefined;
      }
    },
  },
);

/** Returns the variables of the process. One that the runtime does not let us read, as Deno without `--allow-env`, counts as unset. */
export function processEnvironment(): Environment {
  return readable;
}
