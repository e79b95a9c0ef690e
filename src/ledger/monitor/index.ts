export { monitorLogs } from './commands.ts'
export { verifyFromOutside } from './outside.ts'
export { noProgress, progressTo } from './progress.ts'
export { doesNotHold } from './findings.ts'
