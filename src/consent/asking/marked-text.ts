import type { TextRun } from './pages/pages.ts'

/** `plain **strong** plain`, its `{placeholders}` filled. */
export function parseMarkedText(text: string, valueOf: (name: string) => string): TextRun[] {
  return text
    .split('**')
    .map((part, i) => ({
      words: part.replaceAll(/\{([\w.-]+)\}/g, (_, name: string) => valueOf(name)),
      isStrong: i % 2 === 1,
    }))
    .filter(({ words }) => words !== '')
}
