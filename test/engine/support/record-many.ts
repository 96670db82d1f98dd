import type { Kind } from '../../../src/model/kinds.js';
import { codeOf, type Recorder } from './recorder.js';

/** Records samples of one kind in one interval, evenly over the contexts. */
export function recordMany(recorder: Recorder, kind: Kind, samples: number, contexts: number): void {
  for (let i = 0; i < samples; i++) recorder.record({ startSeconds: 0, code: codeOf(i % contexts, kind), value: i });
}
