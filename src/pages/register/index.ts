export { agreementSentence, agreementState } from './agreement-words.ts'
export type { AgreementState } from './agreement-words.ts'
