export { draw, narrow, wide } from './flow-diagram.ts'
export type { FlowDiagram, Flow, RibbonKind } from './flow-diagram.ts'
export { pictureOf } from './picture.ts'
export type { Exchange, Picture } from './picture.ts'
