import { stat } from 'node:fs/promises'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { StatementKeys } from '../../base/keys/jws.ts'
import { oneSuffices } from '../../base/values/one-signature.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Authority, RegisterDifference, ServiceCheck, TrueLogCheck } from './apply.ts'
import { applyRegister, compareRegister, RegisterError } from './apply.ts'
import type { PermitsCheck } from './change-effects.ts'
import { planFacts } from './change-effects.ts'
import { judgeChange, planOf, readChangeSet, changeView, writeChangeSet } from './change-files.ts'
import { hashOfPlan, requireTwo, requireUnmoved } from './change-set.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import type { ShownChange } from './change-text.ts'
import { changeText, keyOf } from './change-text.ts'
import type { DiscoverProvider } from '../objects/provider-discovery.ts'
import { askProviders, unaskedProviders } from '../objects/provider-discovery.ts'
import type { RegisterFiles } from '../objects/file-names.ts'
import type { ExportAsked } from './export-command.ts'
import { exportInto } from './export-command.ts'
import { withMediaProblems } from '../media/media-check.ts'
import type { RefusalCount } from './plan-lines.ts'
import { keptLines, objectName, planView, refusalsByAgreement } from './plan-lines.ts'
import { hasSameContent } from './same-content.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { RegisterObject, SealedRegister } from './store.ts'
import { sealedRegister, storedObjects } from './store.ts'
import { readRegister } from '../objects/yaml-files.ts'

type Carrying = {
  readonly db: Database
  /** The folder of a register's files, or the file of a change. */
  readonly path: string
  readonly now: Date
  readonly unservable: ServiceCheck
  readonly given: RegisterGiven
}
/** What the commands need of the program around them. */
export type RegisterGiven = {
  readonly issuer: string
  /** Only `apply`, and `export` of an earlier day, need keys. */
  readonly seals: () => Promise<RowSeals>
  readonly witnessKeys: () => Promise<StatementKeys>
  readonly countRefusals: RefusalCount
  readonly discover: DiscoverProvider
  readonly requireTrueLog: TrueLogCheck
  readonly permits: PermitsCheck
  /** The folder of the films and recordings that texts name. */
  readonly mediaDir: string | undefined
  /** Whether two must sign, once the register has two signers: everywhere but in a demonstration. */
  readonly demandsSignatures: boolean
}
/** The result of a command, as lines for people and as JSON. */
type CommandOutput = { readonly lines: readonly string[]; readonly json: unknown }

type PlanAsked = {
  /** No identity provider is asked. */
  readonly isOffline: boolean
  /** The file into which the change is written, and why it is made. */
  readonly written: { readonly out: string; readonly reason: Bilingual } | undefined
}
export type MaintainAsked = {
  /** The folder of a register's files, or the file of a change. */
  readonly path: string
  readonly isJson: boolean
} & (
  | ({ readonly deed: 'plan' } & PlanAsked)
  | { readonly deed: 'apply' }
  | ({ readonly deed: 'export' } & ExportAsked)
)

/**
 * `accord register plan|apply|export`.
 * @returns the lines to print. @throws OperatorError with every problem of the files
 */
export async function maintainRegister(
  db: Database,
  asked: MaintainAsked,
  now: Date,
  unservable: ServiceCheck,
  given: RegisterGiven,
): Promise<string[]> {
  const { path, isJson } = asked
  try {
    const { lines, json } = await carryOut(asked, { db, path, now, unservable, given })
    return isJson ? [JSON.stringify(json, null, 2)] : [...lines]
  } catch (error) {
    if (!isJson || !(error instanceof RegisterError)) throw error
    const { problems } = error
    throw new OperatorError(JSON.stringify({ problems }, null, 2), { cause: error })
  }
}

function carryOut(asked: MaintainAsked, carrying: Carrying): Promise<CommandOutput> {
  if (asked.deed === 'plan') return plan(asked, carrying)
  return asked.deed === 'apply' ? apply(carrying) : exportInto(asked, carrying)
}

async function plan(
  { isOffline, written }: PlanAsked,
  { db, path, now, unservable, given }: Carrying,
): Promise<CommandOutput> {
  const before = await sealedRegister(db)
  const files = await withMediaProblems(await readRegister(path), before.objects, given.mediaDir)
  const difference = compareRegister(before.objects, files, now, unservable)
  if (!isOffline) await askProviders(difference, files, given.discover)
  const unasked = isOffline ? unaskedProviders(difference) : []
  const refused = await refusalsByAgreement(db, difference, given.countRefusals)
  const shown = { ...planView(difference), refused, unasked }
  const { permits } = given
  if (written === undefined) {
    const text = textOf(before, difference, { now, permits, refused, unasked })
    return { lines: [...text, ...keptLines(shown)], json: { ...shown, text } }
  }
  const { issuer } = given
  const { out, reason } = written
  const made = planOf(before, difference, { issuer, reason, refused, unasked, now, permits })
  await writeChangeSet(out, { ...made, signatures: [] })
  const text = [...changeText(changeView(made)), ...alone(given)]
  return {
    lines: [...text, ...keptLines(shown), `wrote ${out}`],
    json: { ...shown, text, sha256: hashOfPlan(made.plan) },
  }
}

type Uncounted = Pick<ShownChange, 'refused' | 'unasked'> & {
  readonly now: Date
  readonly permits: PermitsCheck
}

/** The text of a change that is in no file. */
function textOf(
  { objects }: Pick<SealedRegister, 'objects'>,
  difference: RegisterDifference,
  { now, permits, refused, unasked }: Uncounted,
): string[] {
  const { changes } = difference
  if (changes.length === 0) return ['nothing to apply']
  return changeText({
    objects: changes.map(({ object }) => object),
    replaced: changes.flatMap(({ before }) => before ?? []),
    effects: planFacts(objects, difference, now, permits).effects,
    refused,
    unasked,
  })
}

// Of a demonstration alone, whose start says the same.
function alone({ demandsSignatures }: RegisterGiven): string[] {
  return demandsSignatures ? [] : [oneSuffices.fr, oneSuffices.en]
}

async function apply({ db, path, now, unservable, given }: Carrying): Promise<CommandOutput> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  const { files, authority, requireUnmoved, text } = isFile
    ? await changeIn(path, now, given)
    : await filesIn(path, { db, now, unservable, given })
  const whole = await withMediaProblems(files, await storedObjects(db), given.mediaDir)
  const own = await given.seals()
  const applied = await transact(db, (tx) =>
    applyRegister(tx, own, whole, now, {
      unservable,
      authority,
      requireTrueLog: given.requireTrueLog,
      witnessKeys: given.witnessKeys,
      ...(requireUnmoved && { requireUnmoved }),
    }),
  )
  if (applied.length === 0) return { lines: ['nothing to apply'], json: { applied: [] } }
  const lines = applied.map(({ id }) => `applied ${id}`)
  return {
    lines: [...text(), ...alone(given), ...lines],
    json: { applied: applied.map(objectName), text: text() },
  }
}

type ToApply = {
  readonly files: RegisterFiles
  readonly authority: Authority
  readonly requireUnmoved?: (before: SealedRegister) => void
  /** What was applied, once it was. */
  readonly text: () => readonly string[]
}

async function filesIn(
  dir: string,
  { db, now, unservable, given }: Omit<Carrying, 'path'>,
): Promise<ToApply> {
  const { demandsSignatures, permits, countRefusals } = given
  const files = await readRegister(dir)
  let text: readonly string[] = []
  return {
    files,
    text: () => text,
    async authority(before, changes) {
      if (demandsSignatures && isSignedByTwo(shelvesOf(before.objects).signer.current, now))
        requireTwo([], before.objects, changes, now)
      const difference = compareRegister(before.objects, files, now, unservable)
      const refused = await refusalsByAgreement(db, difference, countRefusals)
      text = textOf(before, difference, { now, permits, refused, unasked: [] })
      return undefined
    },
  }
}

async function changeIn(file: string, now: Date, given: RegisterGiven): Promise<ToApply> {
  const set = await readChangeSet(file)
  const { objects } = set.plan
  return {
    files: { objects, problems: [] },
    text: () => changeText(changeView(set)),
    authority: (before) => judgeChange(set, before, now, given),
    requireUnmoved(before) {
      // What is there already is applied again by anybody: nothing happens.
      const current = new Map(before.objects.map((object) => [keyOf(object), object]))
      const isThere = objects.every((object) => isSameAs(object, current.get(keyOf(object))))
      if (!isThere) requireUnmoved(set, before)
    },
  }
}

function isSameAs(object: RegisterObject, stored: RegisterObject | undefined): boolean {
  return stored?.version === object.version && hasSameContent(object, stored)
}
