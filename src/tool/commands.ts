import type { Command } from './command.ts'

type Loaded = Promise<{ readonly commands: readonly Command[] }>

/** The commands by their first words. A file is loaded when its word is typed, or help is wanted; it loads no room. */
const files: Readonly<Record<string, () => Loaded>> = {
  config: () => import('./config.ts'),
  models: () => import('./models.ts'),
  keys: () => import('./keys.ts'),
  seals: () => import('./seals.ts'),
  register: () => import('./register.ts'),
  brake: () => import('./brake.ts'),
  breach: () => import('./breach.ts'),
  office: () => import('./office.ts'),
  service: () => import('./service.ts'),
  account: () => import('./account.ts'),
  order: () => import('./order.ts'),
  person: () => import('./person.ts'),
  audit: () => import('./audit.ts'),
  matching: () => import('./matching.ts'),
  'open-data': () => import('./open-data.ts'),
  receipt: () => import('./receipt.ts'),
  promise: () => import('./promise.ts'),
  ledger: () => import('./ledger.ts'),
  signer: () => import('./signer.ts'),
  witness: () => import('./witness.ts'),
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
