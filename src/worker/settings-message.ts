import { HttpSettings, type HttpSettingsValues } from '../http/settings.js';

/** HttpSettings in a form that can be cloned. */
export interface SettingsMessage {
  readonly [property: string]: unknown;
  /** Undefined if it is a function: then the worker asks for the key. */
  readonly apiKey: string | undefined;
  readonly proxy: { readonly url: string; readonly authorization: string | undefined } | undefined;
}

export function settingsMessage(http: HttpSettings): SettingsMessage {
  const { apiKey, proxy } = http.secrets();
  return {
    ...http,
    apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    proxy: proxy && { url: proxy.url.href, authorization: proxy.authorization },
  };
}

/** Returns the settings. Without a key in them, `askForKey` provides it. */
export function settingsOf({ apiKey, proxy, ...others }: SettingsMessage, askForKey: () => Promise<string>): HttpSettings {
  return new HttpSettings({
    ...others,
    apiKey: apiKey ?? askForKey,
    proxy: proxy && { ...proxy, url: new URL(proxy.url) },
  } as unknown as HttpSettingsValues);
}
