/** Flags that limit what the process may do, or how it connects. `--allow-worker` is left out: the worker starts no other. */
const INHERITED =
  /^--(?:experimental-permission|permission|allow-(?!worker)[\w-]+|tls-m(?:in|ax)-v1\.\d|dns-result-order|(?:no-)?network-family-autoselection)(?:=|$)/;
/** Flags whose value may also be the next argument. */
const TAKES_VALUE = /^--(?:allow-fs-(?:read|write)|dns-result-order)$/;

/**
 * Returns the flags of the process that its worker must obey, too. A worker that is given flags or an environment inherits no
 * others, neither those of the command line nor those of NODE_OPTIONS. All others are left out, because they may load code of the
 * application.
 */
export function inheritedFlags(execArgv: readonly string[], nodeOptions = ''): string[] {
  const words = (nodeOptions.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []).map((word) => word.replace(/\\(.)|"/g, '$1'));
  const flags: string[] = [];
  for (const list of [words, execArgv]) {
    list.forEach((flag, index) => {
      if (!INHERITED.test(flag)) return;
      flags.push(flag);
      if (TAKES_VALUE.test(flag)) flags.push(list[index + 1]);
    });
  }
  return flags;
}
