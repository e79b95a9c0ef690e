export { nameFirst } from './first-namers.ts'
export type { FirstNamersAsked, OrderingHouse } from './first-namers.ts'
