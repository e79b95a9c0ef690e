export { draw, narrow, wide } from './drawing.ts'
export type { Drawing, Flow, RibbonKind } from './drawing.ts'
export { pictureOf } from './picture.ts'
export type { Exchange, Picture } from './picture.ts'
