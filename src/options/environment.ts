/** The environment, as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The constant tags that the environment gives: those of `DATADOG_TAGS`, or of `DD_TAGS` when that is unset or empty (separated
 * by commas; blanks around a tag and empty tags are skipped), then `env:`, `service:` and `version:` with the values of `DD_ENV`,
 * `DD_SERVICE` and `DD_VERSION` where these are set and not empty.
 * @internal
 */
export function environmentTags(env: Environment): string[] {
  const tags = (env.DATADOG_TAGS || env.DD_TAGS || '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  if (env.DD_ENV) tags.push(`env:${env.DD_ENV}`);
  if (env.DD_SERVICE) tags.push(`service:${env.DD_SERVICE}`);
  if (env.DD_VERSION) tags.push(`version:${env.DD_VERSION}`);
  return tags;
}
