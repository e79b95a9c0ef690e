import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { present } from '../../src/base/values/present.ts'
import type { JsonValue } from '../../src/ledger/chain/index.ts'
import { canonical } from '../../src/ledger/chain/index.ts'
import type { RegisterSigner } from '../../src/registry/index.ts'
import { readKey } from '../../src/registry/index.ts'
import { orderCommand, signingCommand } from './commands.ts'

/** Two signers whose keys lie in a folder, as a register would have them. */
export type TwoSigners = {
  readonly signers: readonly RegisterSigner[]
  /** The files of their private keys. */
  readonly keys: readonly [string, string]
  /** A file that is not there yet. */
  file(name: string): string
  /** Signs the order in a file. */
  sign(file: string, ...by: readonly string[]): Promise<void>
  remove(): void
}

export async function twoSigners(): Promise<TwoSigners> {
  const folder = mkdtempSync(join(tmpdir(), 'signers-'))
  const now = new Date()
  const made = async (name: string, no: number) => {
    const key = join(folder, `${name}.jwk.json`)
    await signingCommand(['key', key], now)
    const id = `sig_${name}`
    const signer: RegisterSigner = {
      id,
      ref: `${id}@1`,
      version: 1,
      no,
      root: no,
      appliedAt: new Date(0),
      office: { fr: `Bureau ${name}`, en: `Office ${name}` },
      organisation: 'org_agence-revenu',
      publicKey: (await readKey(key)).x,
      from: '2025-01-01',
      until: undefined,
    }
    return { key, signer }
  }
  const [one, other] = [await made('un', 901), await made('deux', 902)]
  return {
    signers: [one.signer, other.signer],
    keys: [one.key, other.key],
    file: (name) => join(folder, name),
    async sign(file, ...by) {
      for (const key of by) await signOrder(file, key, new Date())
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Signs the order in a file, as somebody who has read it and types its hash. */
export function signOrder(file: string, key: string, at: Date): Promise<string[] | undefined> {
  return orderCommand(['sign', file, '--key', key, '--yes', hashIn(file)], at)
}

/** The same of a change of the register. */
export function signChange(file: string, key: string, at: Date): Promise<string[] | undefined> {
  return signingCommand(['sign', file, '--key', key, '--yes', hashIn(file)], at)
}

/** What is signed of an order or a plan, computed beside the code that signs. */
export function hashIn(file: string): string {
  const read = JSON.parse(readFileSync(file, 'utf8')) as { order?: JsonValue; plan?: JsonValue }
  const signed = present(read.order ?? read.plan, 'an order or a plan')
  return createHash('sha256').update(canonical(signed)).digest('hex')
}
