// Stands in the place of reporters/http-options.ts in the worker: the application's thread has checked the options.

import type { HttpSettings as CheckedSettings } from '../../http/http-options.js';

type Values = Pick<CheckedSettings, keyof CheckedSettings>;

/** The settings as they were there. */
export class HttpSettings {
  readonly #apiKey: Values['apiKey'];
  readonly #proxy: Values['proxy'];

  constructor({ apiKey, proxy, ...others }: Values) {
    this.#apiKey = apiKey;
    this.#proxy = proxy;
    Object.assign(this, others);
  }

  get apiKey(): Values['apiKey'] {
    return this.#apiKey;
  }

  get proxy(): Values['proxy'] {
    return this.#proxy;
  }
}

/** Never called here. */
export function resolveReporterOptions(): never {
  throw new Error('the worker takes no options');
}
