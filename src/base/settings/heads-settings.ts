import { isIP } from 'node:net'
import { z } from 'zod'
import { isInternal } from '../values/internal-address.ts'

// Where the feed of heads is read, and where a process that has its folder gives it to machines that have none. Its files are encrypted
// and bind one another: who reads them at the address learns how long the logs are, and whoever answers in its place can only be late.

export type HeadsSettings = {
  /** The folder of the feed, for a process without `LEDGER_DIR`; absent: the one in it. */
  readonly dir: string | undefined
  /** The address at which another process gives it. */
  readonly url: string | undefined
  /** Where this process gives it; absent: nowhere. */
  readonly port: number | undefined
  readonly host: string
}

export const headsFields = {
  HEADS_DIR: z.string().min(1).optional(),
  HEADS_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isPlain, 'expects no user, no ? and no #')
    .optional(),
  HEADS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  HEADS_HOST: z.string().min(1).optional(),
}

type Values = { readonly [K in keyof typeof headsFields]?: z.infer<(typeof headsFields)[K]> }

export function headsSettingsOf(values: Values): HeadsSettings {
  const {
    HEADS_DIR: dir,
    HEADS_URL: url,
    HEADS_PORT: port,
    HEADS_HOST: host = '127.0.0.1',
  } = values
  return { dir, url, port, host }
}

/** What contradicts itself in every mode. */
export function oddHeads(values: Values & { readonly LEDGER_DIR?: string | undefined }): string[] {
  const { HEADS_URL: url, HEADS_DIR: dir, LEDGER_DIR: ledger, HEADS_PORT: port } = values
  if (url === undefined) return []
  if ((dir ?? ledger) !== undefined)
    return ['HEADS_URL is for a machine that has neither LEDGER_DIR nor HEADS_DIR']
  return port === undefined ? [] : ['HEADS_PORT is for a machine that has the folder of the feed']
}

/** What must not be in a deployment. @param isWeb whether this process decides */
export function unsafeHeads(
  { url, host }: HeadsSettings,
  values: Values & { readonly LEDGER_DIR?: string | undefined },
  isWeb: boolean,
): string[] {
  const found: string[] = []
  const { LEDGER_DIR: ledger, HEADS_DIR: dir, HEADS_PORT: port } = values
  if (port !== undefined && [ledger, dir, url].every((place) => place === undefined))
    found.push('HEADS_PORT is for a machine that has the folder of the feed')
  if (isWeb && [ledger, dir, url].every((place) => place === undefined))
    found.push(
      'LEDGER_DIR is required, or HEADS_DIR or HEADS_URL where another machine has it: without the feed of heads nothing is permitted',
    )
  if (!isInternal(host))
    found.push('HEADS_HOST must be localhost or an address of an internal network, and no wildcard')
  if (url !== undefined && isInTheOpen(new URL(url)))
    found.push(
      'HEADS_URL must lead to a name or an address of an internal network, or begin with https://',
    )
  return found
}

function isPlain(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.username + url.password + url.search + url.hash === ''
}

function isInTheOpen({ protocol, hostname }: URL): boolean {
  const host = hostname.replaceAll(/[[\]]/g, '')
  return protocol === 'http:' && isIP(host) !== 0 && !isInternal(host)
}
