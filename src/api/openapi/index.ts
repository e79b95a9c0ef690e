export { anchorOf, errorsPath, listedProblems, problemType } from './problem-list.ts'
