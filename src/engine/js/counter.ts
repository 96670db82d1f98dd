// A counter holds the sum of the samples of an interval, in the two doubles of its cell; see assembly/counter.ts. It is a
// compensated sum, so it uses the code of sum.ts. A new cell, whose doubles are 0, is an empty counter. A counter owns
// nothing else, so freeing its cell frees all of it.

export { addRunToSum as addRunToCounter, totalOf as readCounter } from './sum.js';
