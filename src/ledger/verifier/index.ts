export { receiptFile, verifierObject } from './page.ts'
export type { VerifierPage } from './page.ts'
