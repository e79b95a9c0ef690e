export { countMonths, monthlyCounts, monthOf, recountMonth } from './count.ts'
export type { CountedMonth, MonthlyCount, CountedOutcome } from './rows.ts'
export { countTogether } from './store.ts'
export type { CountGroup } from './store.ts'
