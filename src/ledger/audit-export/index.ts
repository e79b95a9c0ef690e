export { checkAudit, exportAudit, makeReferenceKey } from './commands.ts'
export type { AuditExportParts } from './commands.ts'
