/**
 * A program that compiles under `exactOptionalPropertyTypes` only if every optional property of every type of options accepts
 * undefined, as in `{ host: process.env.HOST }`.
 */
export const EXACT_OPTIONS_PROGRAM = `
import type {
  ChildOptions, EventOptions, HandleOptions, HttpReporterOptions, ReporterTelemetry, SampleOptions, StartOptions, StopOptions,
  ThreadStatsOptions,
} from 'threadstats';
import { MemoryReporter, ThreadStats } from 'threadstats';
import { type AnswerOptions, type HttpAnswer, type IntakeOptions, type RawAnswer, startIntake, type WaitOptions } from 'threadstats/intake';

type OptionalKeys<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T];
type Accepts<T> = { [K in OptionalKeys<T>]: undefined } extends Pick<T, OptionalKeys<T>> ? true : false;

export const accepts: [
  Accepts<ThreadStatsOptions>, Accepts<HttpReporterOptions>, Accepts<StartOptions>, Accepts<StopOptions>, Accepts<ChildOptions>,
  Accepts<SampleOptions>, Accepts<HandleOptions>, Accepts<EventOptions>, Accepts<ReporterTelemetry>, Accepts<IntakeOptions>,
  Accepts<WaitOptions>, Accepts<HttpAnswer>, Accepts<RawAnswer>, Accepts<AnswerOptions>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];
// The check itself: it would be true for anything without the flag.
export const refuses: Accepts<{ host?: string }> = false;

declare const text: string | undefined;
const stats = new ThreadStats({ reporter: new MemoryReporter(), host: text, constantTags: { worker: text } });
stats.start({ flushInterval: undefined, handleSignals: undefined });
stats.gauge('depth', 17, { host: text, tags: { pool: text } });
stats.child({ namespace: text }).event('Deployed', 'Version 42', { aggregationKey: text });
void stats.stop({ timeout: undefined });
void startIntake({ apiKey: text });
`;
