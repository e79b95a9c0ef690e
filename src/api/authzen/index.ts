export { largestPage } from './page.ts'
export { largestBatch } from './requests.ts'
