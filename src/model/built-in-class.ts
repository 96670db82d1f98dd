/**
 * Whether an object is an array, Map, Set, Date, promise, RegExp, error or of another class of the language, also of another
 * realm. Plain objects, instances of other classes and module namespaces are not. Throws only what a getter or a proxy of the
 * caller throws.
 */
export function isOfBuiltInClass(value: object): boolean {
  // Most objects are plain.
  if (Object.getPrototypeOf(value) === Object.prototype) return false;
  const tag = Object.prototype.toString.call(value);
  return tag !== '[object Object]' && tag !== '[object Module]';
}
