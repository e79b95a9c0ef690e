import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url } from '../values/base64.ts'
import type { LogPurpose } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'
import { writeWhole } from '../settings/atomic-file.ts'

// A file of KEYS_DIR holds secrets of one purpose, each 32 bytes in base64url, one a line. The first seals or signs.

export const maxKeys = 20

/** The secrets of a file; none where it is not there. @throws OperatorError where a line is no secret */
export async function readSecrets(file: string): Promise<Buffer[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const keys = text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, maxKeys)
  return keys.map((line) => {
    const key = fromBase64url(line.trim())
    if (key?.length !== 32) throw new OperatorError(`${file} must hold 32 bytes in base64url.`)
    return key
  })
}

/** Adds a new secret before the existing ones, which stay in use. It counts from the next start on. @throws OperatorError */
export async function addSecret(dir: string, purpose: LogPurpose): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  if (held.length === 0)
    throw new OperatorError(
      `${join(dir, purpose)} is not there: « keys create » makes a first one.`,
    )
  if (held.length > 1)
    throw new OperatorError(
      `${join(dir, purpose)} holds ${held.length} already: retire the old one first.`,
    )
  await writeSecrets(join(dir, purpose), [randomBytes(32), ...held])
}

/** Drops all secrets but the newest. @throws OperatorError where there is no other */
export async function dropOldSecrets(dir: string, purpose: LogPurpose): Promise<void> {
  const [newest, ...old] = await readSecrets(join(dir, purpose))
  if (newest === undefined || old.length === 0)
    throw new OperatorError(`${join(dir, purpose)} holds no older one.`)
  await writeSecrets(join(dir, purpose), [newest])
}

/** The purposes whose file may hold several secrets, of which the first seals and the others check. */
export const severalSecrets = ['cookie', 'data', 'dpop-nonce', 'seal'] as const
export type SeveralSecrets = (typeof severalSecrets)[number]

/** Adds a secret behind the others: from its next start on, a process knows it, and does not seal by it yet. @throws OperatorError */
export async function addWaitingSecret(dir: string, purpose: SeveralSecrets): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  if (held.length === 0)
    throw new OperatorError(
      `${join(dir, purpose)} is not there: « keys create » makes a first one.`,
    )
  if (held.length >= maxKeys)
    throw new OperatorError(`${join(dir, purpose)} holds ${held.length} already.`)
  await writeSecrets(join(dir, purpose), [...held, randomBytes(32)])
}

/** Puts one of the secrets of a file before all others. @param isThis whether it is the one. @throws OperatorError where none is */
export async function putSecretFirst(
  dir: string,
  purpose: SeveralSecrets,
  isThis: (secret: Buffer) => boolean,
): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  const chosen = held.find(isThis)
  if (chosen === undefined) throw new OperatorError(`${join(dir, purpose)} does not hold that key.`)
  if (chosen !== held[0])
    await writeSecrets(join(dir, purpose), [chosen, ...held.filter((one) => one !== chosen)])
}

/** Takes one of the secrets of a file away, if it is there. */
export async function dropSecret(
  dir: string,
  purpose: SeveralSecrets,
  isThis: (secret: Buffer) => boolean,
): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  const kept = held.filter((secret) => !isThis(secret))
  if (kept.length < held.length && kept.length > 0) await writeSecrets(join(dir, purpose), kept)
}

async function writeSecrets(file: string, secrets: readonly Buffer[]): Promise<void> {
  await writeWhole(file, secrets.map((key) => `${key.toString('base64url')}\n`).join(''), {
    mode: 0o600,
  })
}

/** @returns false where the file is there already, which then stays as it is */
export async function writeOnce(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, `${text}\n`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw new OperatorError(`${file} cannot be written.`, { cause: error })
  }
}
