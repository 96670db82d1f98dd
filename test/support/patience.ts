/** For `Intake.waitFor`: ends before the test times out, so that the failure says what did arrive. */
export const PATIENT = { timeoutMilliseconds: 100_000 };
