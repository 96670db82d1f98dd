// Stands in the place of channels.ts in the worker: who watches does so in the application's thread.

import type { ChannelMessages } from '../../diagnostics/channel-messages.js';

type PublishedHere = 'threadstats:payload' | 'threadstats:drop';

let publish: <Name extends PublishedHere>(name: Name, message: ChannelMessages[Name]) => void = () => {};

/** Decides where what is published goes. */
export function setPublish(to: typeof publish): void {
  publish = to;
}

export function publishPayload(message: ChannelMessages['threadstats:payload']): void {
  publish('threadstats:payload', message);
}

export function publishDrop(what: 'sample' | 'event' | 'row', reason: string, count: number): void {
  publish('threadstats:drop', { what, reason, count });
}

export const channels = { publishPayload, publishDrop };

/** Never called here. */
export function publishFlush(): void {}

/** Never called here. */
export function publishError(): void {}
