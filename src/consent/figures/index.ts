export { countMonths, monthlyCounts } from './count.ts'
export { countDifferences } from './differences.ts'
export type { CountedMonth, MonthlyCount, Outcome } from './rows.ts'
export { figuresRenewal } from './seal.ts'
