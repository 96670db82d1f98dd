import { HttpSettings } from '../http/settings.js';

/** The properties of HttpSettings, but those that cannot be cloned as they are. */
export interface SettingsMessage {
  readonly [property: string]: unknown;
  /** Undefined for one that the worker must ask for. */
  readonly apiKey: string | undefined;
  readonly proxy: { readonly url: string; readonly authorization: string | undefined } | undefined;
}

export function settingsMessage(http: HttpSettings): SettingsMessage {
  const { apiKey, proxy } = http;
  return {
    ...http,
    apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    proxy: proxy && { url: proxy.url.href, authorization: proxy.authorization },
  };
}

/** The settings again. */
export function settingsOf({ apiKey, proxy, ...others }: SettingsMessage, askForKey: () => Promise<string>): HttpSettings {
  return new HttpSettings({
    ...others,
    apiKey: apiKey ?? askForKey,
    proxy: proxy && { ...proxy, url: new URL(proxy.url) },
  } as unknown as HttpSettings);
}
