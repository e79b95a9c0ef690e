export { checkAudit, exportAudit, makeReferenceKey } from './commands.ts'
export { exportProgress } from './folder.ts'
export type { AuditExportParts } from './commands.ts'
