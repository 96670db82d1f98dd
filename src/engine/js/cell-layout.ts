// A cell is a record of 32 bytes, four words, then two doubles, so that a sample which comes after a million others costs
// one cache miss.
/** A cell's words begin at its index shifted by so much. */
export const WORD_BITS = 3;
/** Id of the cell's interval. */
export const INTERVAL_ID = 0;
/** The context's next younger cell; the latest cell's is the oldest. */
export const YOUNGER = 1;
/** The interval's next cell. */
export const NEXT = 2;
/** Context id and kind. */
export const CODE = 3;
/** A cell's doubles begin at its index shifted by so much. */
export const DOUBLE_BITS = 2;
/** A gauge's value; the running sum of a counter, histogram or timing. */
export const VALUE = 2;
/** What the running sum lost by rounding. */
export const COMPENSATION = 3;
