export { agreementSentence, agreementState } from './agreement-words.ts'
export type { AgreementState } from './agreement-words.ts'
export { publicRegisterRoutes } from './feed-routes.ts'
export { operations as registerOperations } from './shapes.ts'
