import { onTestFinished } from 'vitest';

/** Makes the runtime lack a built-in module until the end of the test. */
export function hideBuiltin(name: string): void {
  const { getBuiltinModule } = process;
  const hidden = (id: string) => (id === name ? undefined : getBuiltinModule(id));
  process.getBuiltinModule = hidden as typeof getBuiltinModule;
  onTestFinished(() => {
    process.getBuiltinModule = getBuiltinModule;
  });
}
