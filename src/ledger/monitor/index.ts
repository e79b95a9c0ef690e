export { doesNotHold } from './findings.ts'
export { verifyFromOutside } from './outside.ts'
export { noProgress, progressTo } from './progress.ts'
