export { listTouched } from './breach-list.ts'
export type { BreachListAsked, BreachLister } from './breach-list.ts'
export { makeDossier, makeReadingKey, verifyDossier } from './commands.ts'
export type { DossierAsked, DossierParts } from './commands.ts'
