import path from 'node:path';

/** The files of src/worker/thread/ that replace files of the same names in the worker. */
const STAND_INS = /\/(channels|open-transport|pure-js)\.js$/;

/** A plug-in that makes the worker import its own version of these files. */
export function standIns(folder) {
  return {
    name: 'stand-ins',
    resolveId: {
      filter: { id: STAND_INS },
      handler: (specifier) => path.join(folder, `${path.basename(specifier, '.js')}.ts`),
    },
  };
}
