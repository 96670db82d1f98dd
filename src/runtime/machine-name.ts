import { builtin } from './builtin.js';

/**
 * Returns the name of the machine; in a container or a Kubernetes pod, the name of that. Returns undefined if the runtime has no
 * such name, or denies it (Deno without `--allow-sys`).
 */
export function machineName(): string | undefined {
  try {
    return builtin('node:os').hostname() || undefined;
  } catch {
    return undefined;
  }
}
