// The process that measures one contender in one bench. Its parent, rounds.ts, names both on the command line, and requests each
// round over the process channel.

import { type Budget, required } from './suite.js';
import { SUITES } from './suites.js';

/** A message to the parent: the process is ready, or the figure of a round. */
export type ProcessMessage = 'ready' | number;

const [suiteName, bench, contender, budget] = process.argv.slice(2);
const suite = required(
  SUITES.find(({ name }) => name === suiteName),
  suiteName,
);

function send(message: ProcessMessage): void {
  process.send!(message);
}

process.on('disconnect', () => process.exit());
const measure = await suite.prepare(bench, contender, JSON.parse(budget) as Budget);
process.on('message', async () => {
  const figure = await measure();
  const isValid = Number.isFinite(figure) && (figure > 0 || (suite.isCounted && figure === 0));
  if (!isValid) throw new Error(`the figure must be a positive number, not ${figure}`);
  send(figure);
});
send('ready');
