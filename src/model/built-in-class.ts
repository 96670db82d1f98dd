const BUILT_IN =
  /^\[object (Arguments|\w*Array|\w*ArrayBuffer|Boolean|DataView|Date|Error|Headers|Map|Number|Promise|RegExp|Set|String|URL|URLSearchParams|Weak(Map|Ref|Set))\]$/;

/**
 * Whether an object is an array, Map, Set, Date, promise, RegExp, error or of another class of the language or the platform that
 * may be mistaken for options, also of another realm. Plain objects, instances of an application's classes and module namespaces
 * are not. Throws only what a getter or a proxy of the caller throws.
 */
export function isOfBuiltInClass(value: object): boolean {
  // Most objects are plain.
  return Object.getPrototypeOf(value) !== Object.prototype && BUILT_IN.test(Object.prototype.toString.call(value));
}
