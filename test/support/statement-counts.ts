/** A stop, from BEGIN to COMMIT: two of them read what its receipt says is left (decision 0214). PostgreSQL counts them in `test/provider/statements.test.ts`. */
export const statementsOfStop = 12
