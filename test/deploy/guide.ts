import { textOf } from './recipe.ts'

/** A block of commands of a page for operators: in which section it is, and on which machine it is run. */
export type Block = {
  readonly section: string
  readonly where: 'here' | 'elsewhere' | 'both'
  readonly text: string
}

/** The blocks that a reader runs, in order: those marked as `sh`. What needs the network is marked otherwise. */
export function blocksOf(page: string): Block[] {
  let section = ''
  const found = textOf(page).matchAll(/^## (.+)$|^```sh(?: (\w+))?\n([^]*?)^```$/gm)
  return [...found].flatMap(([, title, where = 'here', text]) => {
    if (title !== undefined) section = title
    if (text === undefined) return []
    if (where !== 'here' && where !== 'elsewhere' && where !== 'both')
      throw new Error(`${page}, ${section}: no machine is called ${where}`)
    return [{ section, where, text }]
  })
}

/** The commands alone: what a comment says is of a language. */
export function commandsIn({ text }: Block): string {
  return text.replaceAll(/ +# .*$/gm, '')
}
