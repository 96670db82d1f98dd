// The process that measures one contender at one bench. The parent asks for it on the command line, and for each round over
// the process channel.

import { type Budget, required } from './suite.js';
import { SUITES } from './suites.js';

/** What the process tells: that it is ready, or a round's figure. */
export type Told = 'ready' | number;

const [suiteName, bench, contender, budget] = process.argv.slice(2);
const suite = required(
  SUITES.find(({ name }) => name === suiteName),
  suiteName,
);

function tell(told: Told): void {
  process.send!(told);
}

process.on('disconnect', () => process.exit());
const measure = await suite.prepare(bench, contender, JSON.parse(budget) as Budget);
process.on('message', async () => {
  const figure = await measure();
  if (!(Number.isFinite(figure) && figure > 0)) throw new Error(`the figure is ${figure}`);
  tell(figure);
});
tell('ready');
