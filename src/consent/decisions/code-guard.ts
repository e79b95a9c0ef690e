import type { CodeStamp, CodeWatch } from '../../base/migrating/code-watch.ts'

/** What a decision asks of the look at what the database runs. */
export type CodeGuard = Pick<CodeWatch, 'isUntrusted' | 'now' | 'settle'>

export type { CodeStamp }
