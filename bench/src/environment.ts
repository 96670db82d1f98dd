import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** The machine and the versions that the figures depend on. */
export interface Environment {
  readonly date: string;
  readonly runtime: string;
  readonly compiler: string;
  readonly platform: string;
  readonly processor: string;
  readonly memoryGibibytes: number;
  /** Load average of the minute before the run; 0 where the system does not report it. */
  readonly load: number;
  /** Versions of this project, its peers and tinybench. */
  readonly versions: Record<string, string>;
}

const ROOT = new URL('../../', import.meta.url);

/** The packages that are measured beside this project. */
const PEERS = [
  'datadog-metrics',
  'hot-shots',
  'prom-client',
  '@opentelemetry/sdk-metrics',
  '@datadog/sketches-js',
  'hdr-histogram-js',
];

export function currentEnvironment(): Environment {
  const processors = cpus();
  const versions: Record<string, string> = { threadstats: versionAt('package.json') };
  for (const peer of PEERS) versions[peer] = versionAt(`bench/node_modules/${peer}/package.json`);
  versions.tinybench = versionAt('node_modules/tinybench/package.json');
  return {
    date: new Date().toISOString().slice(0, 10),
    runtime: `Node.js ${process.version}`,
    compiler: `V8 ${process.versions.v8}`,
    platform: `${process.platform} ${process.arch}`,
    processor: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[0] * 10) / 10,
    versions,
  };
}

function versionAt(path: string): string {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')).version;
}
