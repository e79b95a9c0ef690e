export { receiptFile, verifierObject } from './page.ts'
export { signedInWords } from './line-words.ts'
export type { VerifierPage } from './page.ts'
