export { showRemark } from './commands.ts'
