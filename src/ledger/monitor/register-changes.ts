import { createHash } from 'node:crypto'
import { dayOf } from '../../base/values/calendar.ts'
import { readByHand } from '../../base/keys/jws.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { JsonValue } from '../chain/index.ts'
import { canonical } from '../chain/index.ts'
import type { Document } from './documents.ts'
import { houseOf, placeOf } from './served-log.ts'
import type { ChangeDocument, VersionDocument } from './shapes.ts'
import { changeContent, signerContent, versionIn } from './shapes.ts'

// Whether somebody who runs the house wrote a version of the register that nobody signed (decision 0124). Once two signers are in the
// log, each version stands there directly before the change that brought it, and two signers of before have signed that change.

/** A register of 20,000 versions is a tenth of this. */
const maxBytes = 256 * 1024 * 1024
const tooLarge = 'the versions of its register are too large to hold them against their changes'

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
  take(origin: string, document: Pick<Document, 'index' | 'sha256' | 'bytes'>): void
  /** The versions that no signed change names, in the order of the log. */
  findings(): Promise<readonly Finding[]>
}

/** @param most so many bytes of documents are kept: with more, nothing is known, and a finding says so */
export function watchRegister(most = maxBytes): RegisterWatch {
  const versions: Version[] = []
  let bytes = 0
  return {
    take(origin, { index, sha256, bytes: document }) {
      const version = bytes > most ? undefined : versionIn(document)
      if (version === undefined) return
      bytes += document.length
      versions.push({ ...version, origin, index, sha256 })
    },
    async findings() {
      // Each house has signers of its own: those of one sign nothing of another.
      const houses = [...Map.groupBy(versions, ({ origin }) => houseOf(origin) ?? origin)]
      if (bytes > most) return houses.map(([where]) => ({ where, because: tooLarge }))
      const found = houses.map(([, ofHouse]) => unsignedIn(ofHouse.toSorted(byPlace)))
      return (await Promise.all(found)).flat()
    },
  }
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
  const found: Applied[] = []
  let at = 0
  for (const [end, change] of versions.entries()) {
    const named = changeIn(change)?.objects
    if (named === undefined) continue
    const isNamed = areNamed(named, versions.slice(end - named.length, end))
    const from = isNamed ? end - named.length : end
    // What stands before is in no change.
    for (const version of versions.slice(at, from)) found.push({ versions: [version] })
    found.push({ versions: versions.slice(Math.max(at, from), end), change })
    at = end + 1
  }
  for (const version of versions.slice(at)) found.push({ versions: [version] })
  return found
}

function areNamed(named: ChangeDocument['objects'], versions: readonly Version[]): boolean {
  return (
    named.length === versions.length &&
    named.every(({ kind, id, version, sha256 }, n) => {
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

function byPlace(one: Version, other: Version): number {
  return orderOf(one) - orderOf(other) || one.index - other.index
}

function orderOf({ origin }: Version): number {
  return placeOf(origin)?.order ?? 0
}
