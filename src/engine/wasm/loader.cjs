// This file is CommonJS in both builds, and is not bundled into them, because only require() loads a module late, at once, and in a
// way that every bundler understands. A static import would end the application's import of this package where the loader cannot be
// loaded: it assigns `Object.hasOwn`, which fails where intrinsics are frozen, and needs TextDecoder, which jsdom lacks.

exports.requireLoader = () => require('@assemblyscript/loader');
