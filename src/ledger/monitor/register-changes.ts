import { createHash } from 'node:crypto'
import { dayOf } from '../../base/platform/calendar.ts'
import { readByHand } from '../../base/platform/jws.ts'
import type { Finding } from '../../base/tlog/walk.ts'
import type { JsonValue } from '../chain/index.ts'
import { canonical } from '../chain/index.ts'
import type { Document } from './documents.ts'
import type { ChangeDocument, VersionDocument } from './shapes.ts'
import { changeContent, signerContent, versionIn } from './shapes.ts'

// Whether somebody who runs the house wrote a version of the register that nobody signed (decision 0124). Once two signers are in the
// log, each version stands there directly before the change that brought it, and two signers of before have signed that change.

/** A register of 20,000 versions is a tenth of this. */
const maxBytes = 256 * 1024 * 1024

/** The kinds in the order in which one run of `apply` writes its files. */
export const kindsInOrder: readonly string[] = [
  'setting',
  'organisation',
  'signer',
  'category',
  'dataset',
  'purpose',
  'agreement',
  'text',
  'service',
  'identity-provider',
]

type Version = VersionDocument & {
  readonly origin: string
  readonly index: number
  readonly sha256: string
}

type Signer = { readonly ref: string; readonly publicKey: string; readonly until?: string }

/** What one run of `apply` wrote: its versions, and the change that names them; without a change one version alone. */
type Applied = { readonly versions: readonly Version[]; readonly change?: Version }

export type RegisterWatch = {
  /** Takes a document of a public entry, in any order. */
  take(origin: string, document: Document): void
  /** The versions that no signed change names, in the order of the log. */
  findings(): Promise<readonly Finding[]>
}

export function watchRegister(): RegisterWatch {
  const versions: Version[] = []
  let bytes = 0
  return {
    take(origin, { index, sha256, bytes: document }) {
      const version = bytes > maxBytes ? undefined : versionIn(document)
      if (version === undefined) return
      bytes += document.length
      versions.push({ ...version, origin, index, sha256 })
    },
    async findings() {
      if (bytes > maxBytes) return [tooLarge(versions)]
      return unsignedIn(versions.toSorted(byPlace))
    },
  }
}

function tooLarge([first]: readonly Version[]): Finding {
  const because = 'the versions of its register are too large to hold them against their changes'
  return { where: first?.origin ?? '', because }
}

async function unsignedIn(versions: readonly Version[]): Promise<Finding[]> {
  const signers = new Map<string, Signer>()
  const found: Finding[] = []
  // The run that brings the second signer needs no signature, nor what it writes after that signer.
  let founding: Version | undefined
  for (const applied of appliedIn(versions)) {
    const [first] = applied.versions
    const isFounding = signers.size < 2 || isNextInRun(founding, applied)
    const because = isFounding ? undefined : await faultOf(applied, signers)
    if (because !== undefined)
      found.push(...[...applied.versions, ...strayChange(applied)].map(findingOf(because)))
    else for (const version of applied.versions) noteSigner(signers, version)
    founding = isFounding && applied.change === undefined && signers.size > 1 ? first : undefined
  }
  return found
}

/** A change that names other versions than those before it stands alone. */
function strayChange({ versions, change }: Applied): Version[] {
  return change !== undefined && versions.length === 0 ? [change] : []
}

function findingOf(because: string) {
  return ({ kind, id, version, origin, index }: Version): Finding => ({
    where: origin,
    index,
    because: `the version ${kind} ${id}@${version} ${because}`,
  })
}

function appliedIn(versions: readonly Version[]): Applied[] {
  const runs = versions.flatMap((change, end): { from: number; end: number }[] => {
    const count = changeIn(change)?.objects.length
    if (count === undefined) return []
    return [{ from: isNamedBy(change, versions.slice(end - count, end)) ? end - count : end, end }]
  })
  const found: Applied[] = []
  let at = 0
  for (const { from, end } of runs) {
    // What stands before is in no change.
    for (const version of versions.slice(at, from)) found.push({ versions: [version] })
    const change = versions[end]
    found.push({ versions: versions.slice(Math.max(at, from), end), ...(change && { change }) })
    at = end + 1
  }
  for (const version of versions.slice(at)) found.push({ versions: [version] })
  return found
}

function isNamedBy(change: Version, versions: readonly Version[]): boolean {
  const objects = changeIn(change)?.objects ?? []
  return (
    objects.length === versions.length &&
    objects.every(({ kind, id, version, sha256 }, n) => {
      const one = versions[n]
      return one?.kind === kind && one.id === id && one.version === version && one.sha256 === sha256
    })
  )
}

function isNextInRun(before: Version | undefined, { versions, change }: Applied): boolean {
  const [next] = versions
  if (before === undefined || next === undefined || change !== undefined) return false
  const [was, is] = [kindsInOrder.indexOf(before.kind), kindsInOrder.indexOf(next.kind)]
  return is === was ? `${before.id}.yaml` < `${next.id}.yaml` : is > was
}

async function faultOf(
  { versions, change }: Applied,
  signers: ReadonlyMap<string, Signer>,
): Promise<string | undefined> {
  const content = change && changeIn(change)
  if (change === undefined || content === undefined) return 'is in no change that was signed'
  if (versions.length === 0) return 'names other versions than those before it'
  const { plan_sha256: hash, signatures } = content
  if (hashOfPlan(content, versions) !== hash) return `is in ${change.id}, which is of another plan`
  const by = new Set<string>()
  for (const { signer: ref, jws } of signatures) {
    const signer = signers.get(idOf(ref))
    if (signer?.ref === ref && (await hasSigned(signer, jws, hash))) by.add(signer.publicKey)
  }
  return by.size < 2 ? `is in ${change.id}, which two signers of then did not sign` : undefined
}

/** The plan is the change without what was added to it, and with the versions whole (decision 0107). */
function hashOfPlan(content: ChangeDocument, versions: readonly Version[]): string {
  const {
    change_id: _id,
    version: _version,
    plan_sha256: _hash,
    objects: _objects,
    signatures: _signatures,
    ...members
  } = content
  const objects = versions.map(({ kind, id, version, content: whole }) => ({
    kind,
    id,
    version,
    content: whole,
  }))
  const plan = { ...members, objects } as JsonValue // read from JSON
  return createHash('sha256').update(canonical(plan)).digest('hex')
}

async function hasSigned(signer: Signer, jws: string, plan: string): Promise<boolean> {
  const claims = await readByHand(signer.publicKey, jws, 'register-change+jwt')
  if (claims?.['plan'] !== plan || typeof claims['iat'] !== 'number') return false
  return signer.until === undefined || dayOf(new Date(claims['iat'] * 1000)) <= signer.until
}

function noteSigner(signers: Map<string, Signer>, { kind, id, version, content }: Version): void {
  const read = kind === 'signer' ? signerContent.safeParse(content).data : undefined
  if (read === undefined) return
  const { public_key: publicKey, until } = read
  signers.set(id, { ref: `${id}@${version}`, publicKey, ...(until !== undefined && { until }) })
}

function changeIn({ kind, content }: Version): ChangeDocument | undefined {
  return kind === 'change' ? changeContent.safeParse(content).data : undefined
}

function idOf(ref: string): string {
  return ref.replace(/@.*$/, '')
}

/** The log of a later year, or the next one of a year, goes on after the one before. */
function byPlace(one: Version, other: Version): number {
  return orderOf(one) - orderOf(other) || one.index - other.index
}

function orderOf({ origin }: Version): number {
  const [, year, shard] = /\/log\/(\d{4})\/p(\d{1,2})$/.exec(origin) ?? []
  return Number(year ?? 0) * 100 + Number(shard ?? 0)
}
