export { witnessUntilStopped } from './commands.ts'
export { serveWitness } from './serve.ts'
export type { RunningWitness } from './serve.ts'
