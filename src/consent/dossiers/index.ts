export { dossierCommand, readingCommand } from './commands.ts'
export type { DossierParts } from './commands.ts'
