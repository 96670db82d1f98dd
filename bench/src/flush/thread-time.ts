import { readFileSync } from 'node:fs';

/**
 * Returns the milliseconds of processor time that the main thread of this process has used so far. The time of the process would
 * include that of the worker, of compression and of garbage collection on other threads.
 */
export function threadMilliseconds(): number {
  // Since Node.js 23.9.
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage !== undefined) {
    const { user, system } = threadCpuUsage();
    return (user + system) / 1000;
  }
  // Linux counts the time since the last tick of its clock only when somebody asks for the time of the process.
  process.cpuUsage();
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
  return Number(nanoseconds) / 1e6;
}
