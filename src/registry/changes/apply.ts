import { basename } from 'node:path'
import { dayOf } from '../../base/values/calendar.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { StatementKeys } from '../../base/keys/jws.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { ServiceAt } from '../objects/service-origins.ts'
import { originsOf, servicesByOrigin } from '../objects/service-origins.ts'
import { moveFaults, outdatedByLaw } from '../objects/agreements.ts'
import { otherProgrammes, pastChoices } from '../objects/free-choice.ts'
import { effectTimes } from '../objects/effect-delay.ts'
import { termFaults } from '../objects/profile-exceptions.ts'
import type { FileProblem, RegisterFiles } from '../objects/file-names.ts'
import { fileOf } from '../objects/file-names.ts'
import { fileKinds } from '../objects/object-schemas.ts'
import { announce } from './log-entries.ts'
import type { Agreement, Dataset, IdentityProvider, RegisteredService } from '../objects/objects.ts'
import { idOf } from '../objects/file-fields.ts'
import { saidOfBody, saidOfCategory } from '../objects/objects.ts'
import type { Shelves } from '../objects/object-index.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { Fault } from '../objects/file-faults.ts'
import type { FaultInFile } from '../objects/references.ts'
import { referenceFaults } from '../objects/references.ts'
import { serviceIn } from '../objects/register.ts'
import type { Service } from '../objects/register.ts'
import { hasSameContent } from './same-content.ts'
import { requireProvenBrakes } from './proven-brakes.ts'
import { bearsNoSeal, isWhole, sealRegister } from './seal.ts'
import type { RegisterObject, SealedRegister, StoredObject } from './store.ts'
import { insertObject, lockRegister, maxObjects, sealedRegister, stampApply } from './store.ts'
import { approvalFaults, successionFaults } from '../objects/texts.ts'
import { wordingFaults } from '../objects/wording-faults.ts'

/** The changes that applying the files of a register would make. */
export type RegisterDifference = {
  /** New versions, each with its predecessor. */
  readonly changes: readonly Change[]
  /** Objects of the register without a file: they stay. */
  readonly kept: readonly RegisterObject[]
  /** Agreements by law that are in force and permit nothing any more: what they name means something else now. */
  readonly outdated: readonly Agreement[]
  /** Agreements that take effect later, if they were applied now. */
  readonly cooling: readonly { readonly agreement: Agreement; readonly until: Date }[]
  /** New or changed agreements by law for what people were asked for another programme. */
  readonly besideChoices: readonly BesideChoice[]
  /** Active providers of identities that would be new or changed, and the others where a service moves: it may move to one of them. */
  readonly providers: readonly ProviderToAsk[]
  /** Where services would have something and have nothing today: origins, with the ids of the services. */
  readonly moved: ReadonlyMap<string, string>
  /** As the register would be. */
  readonly serviceAt: ServiceAt
  /** Its versions, those of one object in their order. The new ones have no numbers yet. */
  readonly after: readonly StoredObject[]
}

type ProviderToAsk = { readonly provider: IdentityProvider; readonly isChanged: boolean }

/** What people were asked to allow: a recipient, by the number of its first version, and categories of versions of datasets. */
export type AskedData = {
  readonly recipient: number
  readonly data: readonly { readonly dataset: Dataset; readonly categories: readonly string[] }[]
}
type BesideChoice = { readonly agreement: Agreement; readonly asked: AskedData }

type Change = {
  readonly object: RegisterObject
  readonly before: RegisterObject | undefined
  /** Whether people are asked again; undefined where the change is no matter for those who allowed the version before. */
  readonly isMaterial?: boolean | undefined
}

/**
 * Judges whether these versions may be applied, by who signed them. @returns the change that is kept with them; undefined: none.
 * @throws OperatorError
 */
export type Authority = (
  before: SealedRegister,
  changes: readonly RegisterObject[],
) => Promise<RegisterObject | undefined>

type ApplyChecks = {
  readonly unservable?: ServiceCheck
  readonly authority?: Authority
  readonly requireTrueLog?: TrueLogCheck
  /** With which this broker signed what officers of desks ordered: asked only where the register lost its seal. */
  readonly witnessKeys?: () => Promise<StatementKeys>
  /** Refuses a change that was made against another register, before its files are compared with this one. @throws OperatorError */
  readonly requireUnmoved?: (before: SealedRegister) => void
}

/**
 * Refuses where the database is not what the log says that was signed. A register without a seal is a new one, or one from which
 * somebody took every seal, and all else that SQL reaches: what was signed is in files, too. @throws OperatorError
 */
export type TrueLogCheck = () => Promise<void>

/** Why a broker that serves this register would leave a service out. The provider's room answers this. */
export type ServiceCheck = (service: Service) => readonly Fault[]

/** All the problems for which the files of a register are not applied. */
export class RegisterError extends OperatorError {
  readonly problems: readonly FileProblem[]

  constructor(problems: readonly FileProblem[]) {
    const lines = problems.map(({ file, line, message }) =>
      line === undefined ? `  - ${file}: ${message}` : `  - ${file}:${line}: ${message}`,
    )
    super(`The register cannot be applied; nothing was:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

/**
 * Applies the files of a register in the caller's transaction: new versions, nothing edited in place.
 * @returns the new versions. @throws RegisterError listing every problem, RegisterUntrusted where what is there already is not as it
 * was applied; nothing is applied then
 */
export async function applyRegister(
  tx: Transaction,
  seals: RowSeals,
  files: RegisterFiles,
  now: Date,
  {
    unservable,
    authority = () => Promise.resolve(undefined),
    requireTrueLog,
    requireUnmoved,
    witnessKeys,
  }: ApplyChecks = {},
): Promise<RegisterObject[]> {
  await lockRegister(tx)
  const before = await sealedRegister(tx)
  const wasWhole = isWhole(seals, before)
  if (bearsNoSeal(before) || !wasWhole) await requireTrueLog?.()
  requireUnmoved?.(before)
  const changes = compareRegister(before.objects, files, now, unservable).changes.map(
    ({ object }) => object,
  )
  const change = changes.length === 0 ? undefined : await authority(before, changes)
  const written = change === undefined ? changes : [...changes, change]
  if (changes.length > 0) {
    const appliedAt = await stampApply(tx)
    for (const object of written) await insertObject(tx, object, appliedAt)
  }
  await sealRegister(tx, seals, [...files.objects, ...written], before)
  // Its signers are vouched for now.
  if (!wasWhole) await requireProvenBrakes(tx, before, witnessKeys)
  await announce(tx, now)
  return changes
}

/** Pure. @throws RegisterError listing every problem */
export function compareRegister(
  all: readonly StoredObject[],
  { objects, problems, lineOf }: RegisterFiles,
  now: Date,
  unservable: ServiceCheck = () => [],
): RegisterDifference {
  const stored = all.filter(({ kind }) => fileKinds.includes(kind))
  const current = new Map(stored.map((object) => [fileOf(object), object]))
  const changes = objects
    .map((object) => ({ object, before: current.get(fileOf(object)) }))
    .filter(({ object, before }) => before === undefined || !hasSameContent(object, before))
  const inFiles = new Set(objects.map(fileOf))
  const kept = [...current.values()].filter((object) => !inFiles.has(fileOf(object)))
  // The database gives the numbers when objects are written; the checks of references do not use them.
  const appliedAt = afterAll(all, now)
  const fresh = changes.map(({ object }) => ({ ...object, no: 0, root: 0, appliedAt }))
  const after = [...stored, ...fresh]
  const world = shelvesOf(after)
  const faults = [
    ...changes.flatMap(versionFault),
    ...referenceFaults(objects, world),
    ...changes.flatMap((change) => changeFaults(change, world, now)),
    ...objects.flatMap((object) => serviceFaults(object, world, unservable)),
  ]
  const found = [
    ...problems,
    ...faults
      .filter(isSaidNowhereElse(problems))
      .map(({ file, path, message }) => ({ file, line: lineOf?.(file, path), message })),
    ...keptProblems(kept, world),
    ...sizeProblem(all.length + fresh.length),
  ]
  if (found.length > 0) throw new RegisterError(found.toSorted(byPlace))
  const moved = movedIn(changes, stored, world)
  return {
    changes: changes.map((change) => ({ ...change, isMaterial: isMaterial(change, world) })),
    kept,
    outdated: outdatedByLaw(world).filter(({ status }) => status === 'in_force'),
    cooling: coolingIn(world, now),
    besideChoices: changes.flatMap(({ object }) => besideChoice(object, world)),
    providers: providersIn(changes, world, moved.size > 0),
    moved,
    serviceAt: servicesByOrigin(world.service.current),
    after,
  }
}

function providersIn(
  changes: readonly Change[],
  world: Shelves,
  isAnyMoved: boolean,
): ProviderToAsk[] {
  const changed = new Set(changes.map(({ object }) => fileOf(object)))
  return world['identity-provider'].current
    .filter(({ status }) => status === 'active')
    .map((provider) => {
      const file = fileOf({ kind: 'identity-provider', id: provider.id })
      return { provider, isChanged: changed.has(file) }
    })
    .filter(({ isChanged }) => isChanged || isAnyMoved)
}

function movedIn(
  changes: readonly Change[],
  before: readonly StoredObject[],
  world: Shelves,
): Map<string, string> {
  const ids = changes
    .filter(({ object }) => object.kind === 'service')
    .map(({ object }) => object.id)
  const olds = before.filter(({ kind, id }) => kind === 'service' && ids.includes(id))
  const { service: earlier } = shelvesOf(olds)
  const found = ids.flatMap((id) => {
    const known = originsIn(earlier.find(id))
    const fresh = originsIn(world.service.find(id)).filter((origin) => !known.includes(origin))
    return fresh.map((origin): [string, string] => [origin, id])
  })
  return new Map(found)
}

function originsIn(service: RegisteredService | undefined): string[] {
  return service === undefined ? [] : [...originsOf(service)]
}

function besideChoice(object: RegisterObject, world: Shelves): BesideChoice[] {
  const agreement = world.agreement.find(refOf(object))
  if (agreement === undefined || otherProgrammes(agreement, world).length === 0) return []
  const recipient = world.organisation.find(agreement.recipient)?.root ?? 0
  const data = agreement.datasets.flatMap(({ dataset: ref, categories }) =>
    world.dataset.versions(idOf(ref)).map((dataset) => ({ dataset, categories })),
  )
  return [{ agreement, asked: { recipient, data } }]
}

function coolingIn(world: Shelves, now: Date): RegisterDifference['cooling'] {
  const effects = effectTimes(world)
  return world.agreement.current
    .filter(({ status }) => status === 'in_force')
    .flatMap((agreement) => {
      const until = effects.get(agreement.id)
      return until === undefined || until <= now ? [] : [{ agreement, until }]
    })
}

function afterAll(stored: readonly StoredObject[], now: Date): Date {
  return new Date(
    Math.max(now.getTime(), ...stored.map((object) => object.appliedAt.getTime() + 1)),
  )
}

function isMaterial({ object, before }: Change, world: Shelves): boolean | undefined {
  const { kind, id } = object
  if (before === undefined) return undefined
  if (kind === 'text') return object.content['material_change'] === true
  if (kind !== 'category' && kind !== 'organisation') return undefined
  const [was, is] = world[kind].versions(id).slice(-2)
  if (was?.meaning !== is?.meaning) return true
  return is?.wordingChange === undefined ? undefined : false
}

// A problem of a file is reported once: a reference to an object in a file that cannot be read is no second problem.
function isSaidNowhereElse(problems: readonly FileProblem[]): (fault: FaultInFile) => boolean {
  const unread = new Set(problems.map(({ file }) => basename(file, '.yaml')))
  return ({ missing }) => missing === undefined || !unread.has(idOf(missing))
}

function byPlace(one: FileProblem, other: FileProblem): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return (one.line ?? 0) - (other.line ?? 0)
}

function versionFault({ object, before }: Change): FaultInFile[] {
  if (before === undefined || object.version > before.version) return []
  const message = `the content changed but version is still ${object.version} (the register has ${before.version})`
  return [{ file: fileOf(object), path: ['version'], message }]
}

// Faults that depend on the version before. All other faults are reported for every file, changed or not.
function changeFaults({ object, before }: Change, world: Shelves, now: Date): FaultInFile[] {
  const [is, was] = [refOf(object), before === undefined ? '' : refOf(before)]
  const agreement = world.agreement.find(is)
  const [text, textBefore] = [world.text.find(is), world.text.find(was)]
  const [category, body] = [world.category.find(is), world.organisation.find(is)]
  const service = world.service.find(is)
  const today = dayOf(now)
  const faults = [
    ...(agreement === undefined ? [] : moveFaults(world.agreement.find(was), agreement, now)),
    ...(agreement === undefined ? [] : pastChoices(agreement, world, now)),
    ...(text === undefined ? [] : approvalFaults(text, now)),
    ...(service === undefined ? [] : termFaults(service, today)),
    ...(category === undefined
      ? []
      : wordingFaults(world.category.find(was), category, saidOfCategory, today)),
    ...(body === undefined
      ? []
      : wordingFaults(world.organisation.find(was), body, saidOfBody, today)),
    ...(text === undefined || textBefore === undefined || text.version <= textBefore.version
      ? []
      : successionFaults(textBefore, text, world)),
  ]
  return faults.map((fault) => ({ file: fileOf(object), ...fault }))
}

// A suspended service is checked too, so that its faults do not first show when it is active again.
function serviceFaults(
  object: RegisterObject,
  world: Shelves,
  unservable: ServiceCheck,
): FaultInFile[] {
  const service = object.kind === 'service' ? serviceIn(world, object.id) : undefined
  if (service === undefined) return []
  return unservable(service).map((fault) => ({ file: fileOf(object), ...fault }))
}

function refOf({ id, version }: RegisterObject): string {
  return `${id}@${version}`
}

// A change may remove an object that is named by an object without a file here.
function keptProblems(kept: readonly RegisterObject[], world: Shelves): FileProblem[] {
  return referenceFaults(kept, world).map(({ file, message }) => ({
    file: `${file} (as applied)`,
    message,
  }))
}

function sizeProblem(count: number): FileProblem[] {
  if (count <= maxObjects) return []
  return [{ file: 'the register', message: `holds ${maxObjects} versions at most` }]
}
