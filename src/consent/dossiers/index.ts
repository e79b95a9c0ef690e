export { makeDossier, makeReadingKey, verifyDossier } from './commands.ts'
export type { DossierAsked, DossierParts } from './commands.ts'
