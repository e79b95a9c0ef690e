import { X509Certificate } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { X509Crl } from '@peculiar/x509'
import { fromBase64url } from '../base/values/base64.ts'
import type { FidoSettings } from '../base/settings/config.ts'
import { attempt } from '../base/values/expected-errors.ts'
import { present } from '../base/values/present.ts'
import { pemOf } from './models.ts'
import { readList } from './revocation.ts'

// What the operator lays beside the program: the metadata file, the roots of its signer, and revocation lists.

const mostBytes = 32 * 1024 * 1024
const maxRoots = 20
const maxLists = 200
const mostListBytes = 8 * 1024 * 1024
const maxSigners = 8

type Signers = readonly [leaf: string, ...between: string[]]

export type MetadataFiles = {
  readonly text: string
  readonly roots: readonly string[]
  readonly lists: readonly X509Crl[]
  /** The chain of the file's signer, as its header shows it: base64 of DER. */
  readonly signers: Signers
}

/** What of the files is there, so that a change is seen without reading them. */
export async function stampOf({ metadata, roots, lists }: FidoSettings): Promise<string> {
  const stamps = [metadata, roots, ...(lists === undefined ? [] : await listFiles(lists))].map(
    async (path) => {
      const { mtimeMs, size, ino } = await stat(path)
      return `${path} ${mtimeMs} ${size} ${ino}`
    },
  )
  return (await Promise.all(stamps)).join('\n')
}

/** @throws Error in our words: which file cannot be used, and why */
export async function readFiles(settings: FidoSettings): Promise<MetadataFiles> {
  const text = (await readUpTo(settings.metadata, mostBytes)).toString('latin1').trim()
  const roots = rootsIn((await readUpTo(settings.roots, mostListBytes)).toString('latin1'))
  if (roots.length === 0 || roots.length > maxRoots)
    throw new Error(`FIDO_ROOTS: ${roots.length} certificates in ${settings.roots}`)
  const paths = settings.lists === undefined ? [] : await listFiles(settings.lists)
  const lists = await Promise.all(paths.map(listIn))
  return { text, roots, lists, signers: signersIn(text, settings.metadata) }
}

/** Whether the certificate of the file's signer was made for this host (RFC 6125): others come from the same root. */
export function isSignedFor([leaf]: Signers, host: string): boolean {
  const options = { subject: 'never', wildcards: false } as const
  return new X509Certificate(pemOf(leaf)).checkHost(host, options) !== undefined
}

async function listFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:crl|pem)$/i.test(name)).toSorted()
  if (names.length > maxLists) throw new Error(`FIDO_CRLS: ${names.length} lists in ${folder}`)
  return names.map((name) => join(folder, name))
}

async function listIn(path: string): Promise<X509Crl> {
  const bytes = await readUpTo(path, mostListBytes)
  try {
    return readList(bytes)
  } catch (cause) {
    throw new Error(`FIDO_CRLS: ${path} is no revocation list`, { cause })
  }
}

async function readUpTo(path: string, most: number): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > most) throw new Error(`${path} has ${size} bytes, more than ${most}`)
  return readFile(path)
}

function rootsIn(text: string): string[] {
  const form = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
  return [...text.matchAll(form)].map(([pem]) => `${pem}\n`)
}

// RFC 7515, section 4.1.6. What stands here is believed by the check of the chain and of the signature alone.
function signersIn(text: string, path: string): Signers {
  const chain = attempt(
    () => headerOf(text).x5c,
    () => undefined,
  )
  if (!isChain(chain))
    throw new Error(
      `FIDO_METADATA: ${path} shows no chain of its signer, of 1 to ${maxSigners} certificates`,
    )
  return chain
}

function headerOf(text: string): { readonly x5c?: unknown } {
  const [head = ''] = text.split('.', 1)
  return JSON.parse(present(fromBase64url(head), 'a header').toString()) as { x5c?: unknown } // its member is read as unknown
}

function isChain(chain: unknown): chain is Signers {
  const hasLength = Array.isArray(chain) && chain.length > 0 && chain.length <= maxSigners
  return hasLength && chain.every((one) => typeof one === 'string')
}
