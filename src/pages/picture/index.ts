export { pictureOf } from './picture.ts'
export type { Exchange, Picture } from './picture.ts'
