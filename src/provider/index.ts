export { openProvider } from './open.ts'
export type { OpenProvider } from './open.ts'
export type { LogoutNotice } from './sessions.ts'
export { maxLength as largestDetails } from './details.ts'
