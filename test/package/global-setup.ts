// Packs the latest build once, and installs it in one application, in whose folder all checks have folders of their own.

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { execute, makeFolder, pack, TOOLS } from './application.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The application. Its node_modules has the package, its dependencies, and links to tools that programs import. */
    application: string;
    tarball: string;
    packedFiles: string[];
  }
}

const IMPORTED_TOOLS = ['@jest/globals', 'ses', 'vitest'];

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeFolder();
  const { tarball, files } = await pack(folder);
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
  await execute('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
  for (const tool of IMPORTED_TOOLS) {
    await mkdir(path.dirname(path.join(folder, 'node_modules', tool)), { recursive: true });
    await symlink(path.join(TOOLS, tool), path.join(folder, 'node_modules', tool), 'junction');
  }
  project.provide('application', folder);
  project.provide('tarball', tarball);
  project.provide('packedFiles', files);
  return () => rm(folder, { recursive: true });
}
