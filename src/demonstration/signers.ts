import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HandKey, Register, RegisterObject } from '../registry/index.ts'
import { makeSignerKey, readKey } from '../registry/index.ts'

// The demonstration's two invented signers. Their keys are made here and lie beside each other: in a deployment each is in other hands.

const invented = [
  { name: 'registraire', fr: 'Registraire (démo)', en: 'Registrar (demo)' },
  { name: 'protection', fr: 'Protection des renseignements (démo)', en: 'Privacy office (demo)' },
] as const

export type DemoSigners = {
  readonly keys: readonly HandKey[]
  /** Those that the register does not have yet. */
  readonly objects: readonly RegisterObject[]
}

/** Where the keys lie. */
export function signerFiles(dataDir: string): readonly string[] {
  return invented.map(({ name }) => fileOf(dataDir, name))
}

function fileOf(dataDir: string, name: string): string {
  return join(dataDir, 'signers', `${name}.jwk.json`)
}

/** Makes the keys that are missing. Keys that the register knows otherwise sign nothing. */
export async function demoSigners(
  dataDir: string,
  { signers }: Pick<Register, 'signers'>,
): Promise<DemoSigners> {
  await mkdir(join(dataDir, 'signers'), { recursive: true, mode: 0o700 })
  const made = await Promise.all(
    invented.map(async ({ name, ...office }) => {
      const file = fileOf(dataDir, name)
      if (!existsSync(file)) await makeSignerKey(file)
      return { id: `sig_${name}`, office, key: await readKey(file) }
    }),
  )
  const known = new Map(signers.map(({ id, publicKey }) => [id, publicKey]))
  return {
    keys: made.filter(({ id, key }) => (known.get(id) ?? key.x) === key.x).map(({ key }) => key),
    objects: made
      .filter(({ id }) => !known.has(id))
      .map(({ id, office, key }) => ({
        kind: 'signer',
        id,
        version: 1,
        content: {
          signer_id: id,
          version: 1,
          office,
          organisation: 'Régie du registre (démo)',
          public_key: key.x,
          from: '2025-01-06',
        },
      })),
  }
}
