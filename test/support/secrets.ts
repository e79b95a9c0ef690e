import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, openSync } from 'node:fs'
import { readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// No log may contain a secret that opens an access (docs/design/security.md#logs). Every process of the suite writes its log here too,
// and every secret that a test makes or gets is recorded here. At the end of the run the secrets are searched for in the logs.

const variable = 'ACCORD_SECRETS_DIR'
// Shorter ones, such as the six digits of an application, stand in times and numbers by chance.
const shortest = 9
// A match of this length is no accident; the beginning of a longer secret is as bad as the whole.
const telling = 24
const own = `${process.pid}-${randomUUID()}`
const noted = new Set<string>()

export type Kind =
  | 'address'
  | 'authorization code'
  | 'card'
  | 'client key'
  | 'client secret'
  | 'code verifier'
  | 'cookie'
  | 'key of the house'
  | 'message code'
  | 'nickname'
  | 'password'
  | 'proof'
  | 'recovery code'
  | 'seed'
  | 'token'

export type Finding = { readonly file: string; readonly kind: string }

/** Of the whole run: workers find it in their environment. */
export function openSecrets(): string {
  const folder = newSecretsFolder()
  process.env[variable] = folder
  return folder
}

export function newSecretsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'accord-secrets-'))
  for (const part of ['logs', 'secrets']) mkdirSync(join(folder, part))
  return folder
}

export function closeSecrets(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Notes a secret, and gives it back. */
export function secret<T extends string>(kind: Kind, value: T, folder = process.env[variable]): T {
  if (folder === undefined || value.length < shortest || noted.has(value)) return value
  noted.add(value)
  writeSync(fileIn(folder), `${JSON.stringify([kind, value])}\n`)
  return value
}

const files = new Map<string, number>()

/** Opened once: a worker notes a hundred thousand secrets. */
function fileIn(folder: string): number {
  const file = files.get(folder) ?? openSync(join(folder, 'secrets', own), 'a')
  files.set(folder, file)
  return file
}

/** The private halves and the shared keys of a house. */
export function noteKeys(keysDir: string): void {
  for (const entry of readdirSync(keysDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8').trim()
    const keys = text.startsWith('{') ? [(JSON.parse(text) as { d: string }).d] : text.split('\n')
    for (const key of keys) secret('key of the house', key)
  }
}

/** The signature of a signed token: only this part is secret, the parts before it are alike in many tokens. */
export function signatureOf(token: string): string {
  return token.slice(token.lastIndexOf('.') + 1)
}

/** What a process under test wrote. */
export function logged(name: string, text: string, folder = process.env[variable]): void {
  if (folder !== undefined) appendFileSync(join(folder, 'logs', `${name}-${own}`), text)
}

/** Every secret that stands in a log: in which, and of what kind; never the secret. */
export function findSecrets(folder: string): Finding[] {
  const wanted = secretsIn(join(folder, 'secrets'))
  const logs = join(folder, 'logs')
  return readdirSync(logs).flatMap((file) =>
    [...kindsIn(readFileSync(join(logs, file), 'utf8'), wanted)].map((kind) => ({ file, kind })),
  )
}

type Wanted = ReadonlyMap<string, readonly { readonly kind: string; readonly text: string }[]>

/** By their first characters: one pass over a log finds all of them. */
function secretsIn(folder: string): Wanted {
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'),
  )
  const all = new Set(lines).values().map((line) => JSON.parse(line) as [string, string])
  // As it is, as JSON has it, and as a URL does.
  const forms = all.flatMap(([kind, value]) =>
    new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
      .values()
      .map((text) => ({ kind, text: text.slice(0, telling) })),
  )
  return Map.groupBy(forms, ({ text }) => text.slice(0, shortest))
}

function kindsIn(log: string, wanted: Wanted): Set<string> {
  const found = new Set<string>()
  for (let at = 0; at + shortest <= log.length; at++) {
    for (const { kind, text } of wanted.get(log.slice(at, at + shortest)) ?? [])
      if (log.startsWith(text, at)) found.add(kind)
  }
  return found
}
