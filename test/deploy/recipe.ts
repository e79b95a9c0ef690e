import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The lines of a recipe that a program reads: without comments, each with single spaces. */
export function linesOf(path: string): string[] {
  return textOf(`deploy/${path}`)
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Those of the demanded lines that a recipe lacks. */
export function lacking(path: string, demanded: readonly string[]): string[] {
  const lines = new Set(linesOf(path))
  return demanded.filter((line) => !lines.has(line))
}

/** The only number that a pattern finds in a text. @throws Error where there is none, or several */
export function numberIn(text: string, pattern: RegExp): number {
  const found = [...text.matchAll(new RegExp(pattern, 'gm'))].map(([, digits = '']) => {
    return Number(digits.replaceAll('_', ''))
  })
  const [number, ...more] = [...new Set(found)]
  if (number === undefined || more.length > 0)
    throw new Error(`${pattern.source} finds ${found.length === 0 ? 'nothing' : found.join(', ')}`)
  return number
}
