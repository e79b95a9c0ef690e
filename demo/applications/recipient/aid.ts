import type { Notice } from './bursary-file.ts'

const fullAmount = 9240
const incomeWithoutEffect = 14_000
const shareOfIncome = 0.3
const perDependant = 1150

/** A year's bursary in dollars. The rule is invented: it only has to give something to show. */
export function aidFor({ income, dependants = 0 }: Notice): number {
  const contribution = Math.max(0, income - incomeWithoutEffect) * shareOfIncome
  return Math.max(0, Math.round(fullAmount + dependants * perDependant - contribution))
}
