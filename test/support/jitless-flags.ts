/** Flags of a Node.js without WebAssembly. The second one follows from the first; up to 22, Node.js warns unless it is given. */
export const jitlessFlags = Number.parseInt(process.versions.node, 10) < 24 ? ['--jitless', '--no-expose-wasm'] : ['--jitless'];
