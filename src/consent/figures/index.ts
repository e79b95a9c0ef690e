export { countMonths, monthlyCounts } from './count.ts'
export { countDifferences } from './differences.ts'
export type { CountedMonth, MonthlyCount, CountedOutcome } from './rows.ts'
export { figuresRenewal } from './seal.ts'
