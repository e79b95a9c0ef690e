export { connectionsOf } from './store.ts'
export type { Connection } from './store.ts'
