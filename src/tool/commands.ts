import type { Command } from './command.ts'

type Loaded = Promise<{ readonly commands: readonly Command[] }>

/** The commands by their first words. A file is loaded when its word is typed, or help is wanted; it loads no room. */
const files: Readonly<Record<string, () => Loaded>> = {
  service: () => import('./service.ts'),
  person: () => import('./person.ts'),
  matching: () => import('./matching.ts'),
}

export const firstWords = Object.keys(files)

/** @returns the commands that begin with this word; undefined: there is none */
export async function commandsOf(word: string): Promise<readonly Command[] | undefined> {
  const load = Object.hasOwn(files, word) ? files[word] : undefined
  return load && (await load()).commands
}

/** All of them, by their first words. */
export async function allCommands(): Promise<readonly (readonly Command[])[]> {
  const loaded = await Promise.all(Object.values(files).map((load) => load()))
  return loaded.map(({ commands }) => commands)
}
