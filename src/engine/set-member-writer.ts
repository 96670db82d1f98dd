import type { Engine } from './engine.js';
import type { SampleBuffer } from './sample-buffer.js';

/**
 * A member that is longer than the buffer is hashed in parts of so many code units: whole 16-byte blocks, and no more than the
 * buffer holds.
 */
const PART_UNITS = 16384;

/** Leaves samples of sets in an engine's buffer, whatever the length of the member. */
export class SetMemberWriter {
  readonly #engine: Engine;
  readonly #samples: SampleBuffer;
  readonly #applySamples: () => void;

  /** @param applySamples Called when the buffer is full: applies and empties it. */
  constructor(engine: Engine, applySamples: () => void) {
    this.#engine = engine;
    this.#samples = engine.samples;
    this.#applySamples = applySamples;
  }

  /** Adds a sample of the buffer's interval. */
  append(code: number, member: string | number): void {
    const samples = this.#samples;
    if (typeof member === 'number') {
      if (!samples.hasRoomFor(4)) this.#applySamples();
      if (samples.appendNumber(code, member)) this.#applySamples();
    } else {
      if (!samples.hasRoomFor(member.length)) this.#applySamples();
      if (!samples.hasRoomFor(member.length)) this.#appendLong(code, member);
      else if (samples.appendText(code, member)) this.#applySamples();
    }
  }

  /** Adds a sample whose member does not fit into the empty buffer. */
  #appendLong(code: number, member: string): void {
    const samples = this.#samples;
    this.#engine.startMember();
    for (let offset = 0; offset < member.length; offset += PART_UNITS) {
      const units = Math.min(PART_UNITS, member.length - offset);
      for (let i = 0; i < units; i++) samples.members[i] = member.charCodeAt(offset + i);
      this.#engine.addMemberPart(units, offset + units === member.length);
    }
    samples.appendHashed(code);
    this.#applySamples();
  }
}
