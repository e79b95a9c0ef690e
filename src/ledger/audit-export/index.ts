export { checkCommand, exportCommand, referenceKeyCommand } from './commands.ts'
export type { AuditExportParts } from './commands.ts'
