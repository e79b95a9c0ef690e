export { kioskFront } from './routes.ts'
