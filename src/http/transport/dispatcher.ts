/**
 * A dispatcher of undici, of any version: an `Agent`, `Pool`, `ProxyAgent`, `MockAgent` and so on. Only its method `dispatch` is
 * used, so that this type fits all versions.
 */
export interface Dispatcher {
  // biome-ignore lint/suspicious/noExplicitAny: the parameters differ between versions of undici
  dispatch(options: any, handler: any): boolean;
}
