import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../base/settings/config.ts'
import { openDatabase, startPatience } from '../base/database/database.ts'
import { openKnownKeys } from '../base/keys/known-keys.ts'
import { dayAfter, dayOf } from '../base/values/calendar.ts'
import { signalMapping } from '../consent/signals/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import { nameFirst } from '../pages/desk/index.ts'
import { mandateSeals } from '../people/mandates/index.ts'
import { openRegister, signOrderFile } from '../registry/index.ts'
import { signerFiles } from './signers.ts'

// The demonstration's desk: two invented officers, who name the others. An order of both invented signers names them, as anywhere else.

const organisation = 'org_aide-etudes'
const numbers = ['DEMO-1', 'DEMO-2'] as const
const reason = {
  reason: 'Le comptoir de la démonstration ouvre.',
  'reason-en': 'The desk of the demonstration opens.',
}
const again =
  '# Remove this file, and the next start names both again, with new codes. Enlevez ce fichier : le prochain démarrage donne de nouveaux codes.'

/**
 * Names both officers where the file of their codes is missing. Their keys are real ones: without a metadata file of their makers nobody
 * could sign in, and nobody is named.
 * @returns the file of the codes, which open keys for a week
 */
export async function openDemoDesk(url: string, config: Config): Promise<string> {
  const dir = join(config.dataDir, 'desk')
  const [codes, draft] = [join(dir, 'codes.txt'), join(dir, 'order.json')]
  if (existsSync(codes)) return codes
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await rm(draft, { force: true }) // of a start that was stopped
  const db = openDatabase(url, startPatience)
  try {
    const keys = await openKnownKeys(db, config)
    const vault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
    const register = (await openRegister(db, vault.vault.seals)).current()
    const parts = { vault, register, issuer: config.issuer, knowsModels: true }
    const now = new Date()
    const asked = { organisation, numbers, until: dayAfter(dayOf(now), 'P11M') }
    const order = await nameFirst(db, parts, { ...asked, words: { out: draft, ...reason } }, now)
    const hash = order.find((line) => line.startsWith('hash')) ?? ''
    const yes = hash.replace(/^hash\s+/, '')
    for (const key of signerFiles(config.dataDir))
      await signOrderFile({ file: draft, key, yes }, now)
    const named = await nameFirst(db, parts, { ...asked, words: { order: draft } }, now)
    await writeFile(codes, `${[again, ...named].join('\n')}\n`, { flag: 'wx', mode: 0o600 })
    return codes
  } finally {
    await db.destroy()
    await rm(draft, { force: true })
  }
}
