export { receiptFile, verifierObject } from './page.ts'
export { leftInWords, signedInWords, stillInWords } from './line-words.ts'
export type { VerifierPage } from './page.ts'
