import { stat } from 'node:fs/promises'
import type { Database } from '../base/platform/database.ts'
import { transact } from '../base/platform/database.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import { StartError } from '../base/platform/start-error.ts'
import { wordsIn } from '../base/platform/words-in.ts'
import type { Authority, ServiceCheck, TrueLogCheck } from './apply.ts'
import { applyRegister, compareRegister, RegisterError } from './apply.ts'
import { isSignedByTwo, requireTwo } from './change-set.ts'
import { judgeChange, planOf, readChangeSet, writeChangeSet } from './change-files.ts'
import type { DiscoverProvider } from './discoveries.ts'
import { askProviders, nobodyAsked } from './discoveries.ts'
import type { RegisterFiles } from './file-names.ts'
import { fileOf } from './file-names.ts'
import type { RefusalCount } from './plan-lines.ts'
import { named, planLines, planned, refusedIn } from './plan-lines.ts'
import { shelvesOf } from './shelves.ts'
import { sealedRegister } from './store.ts'
import { exportRegister, readRegister } from './yaml-files.ts'

type Asked = {
  readonly db: Database
  /** The folder of a register's files, or the file of a change. */
  readonly path: string
  readonly options: Options
  readonly now: Date
  readonly unservable: ServiceCheck
  readonly given: RegisterGiven
}
type Deed = (asked: Asked) => Promise<CommandOutput>
/** What the commands need of the program around them. */
export type RegisterGiven = {
  readonly issuer: string
  /** Only `apply` needs keys. */
  readonly seals: () => Promise<RowSeals>
  readonly countRefusals: RefusalCount
  readonly discover: DiscoverProvider
  readonly requireTrueLog: TrueLogCheck
  /** Whether two must sign, once the register has two signers: everywhere but in a demonstration. */
  readonly demandsSignatures: boolean
}
/** The result of a command, as lines for people and as JSON. */
type CommandOutput = { readonly lines: readonly string[]; readonly json: unknown }

const text = { type: 'string' } as const
const options = {
  out: text,
  reason: text,
  'reason-en': text,
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
} as const
type Options = {
  readonly out?: string
  readonly reason?: string
  readonly 'reason-en'?: string
  readonly offline?: boolean
}

const deeds: Readonly<Record<string, Deed>> = { plan, apply, export: exportInto }

/**
 * `accord register plan|apply|export`.
 * @returns the lines to print; undefined: wrong usage. @throws StartError with every problem of the files
 */
export async function registerCommand(
  db: Database,
  args: readonly string[],
  now: Date,
  unservable: ServiceCheck,
  given: RegisterGiven,
): Promise<string[] | undefined> {
  const asked = askedIn(args)
  if (asked === undefined) return undefined
  const { deed, path, isJson, ...words } = asked
  try {
    const { lines, json } = await deed({ db, path, options: words.options, now, unservable, given })
    return isJson ? [JSON.stringify(json, null, 2)] : [...lines]
  } catch (error) {
    if (!isJson || !(error instanceof RegisterError)) throw error
    const { problems } = error
    throw new StartError(JSON.stringify({ problems }, null, 2), { cause: error })
  }
}

function askedIn(args: readonly string[]) {
  return wordsIn(args, options, (values, [name = '', path, ...rest]) => {
    const { json: isJson = false, ...chosen } = values
    const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined
    if (deed === undefined || path === undefined || rest.length > 0) return undefined
    return isUsable(name, chosen) ? { deed, path, isJson, options: chosen } : undefined
  })
}

// A plan that is written says why, in both languages; nothing else takes these words.
function isUsable(name: string, { out, reason, 'reason-en': english, offline }: Options): boolean {
  const told = [out, reason, english].filter((word) => word !== undefined)
  if (offline === true && name !== 'plan') return false
  return told.length === 0 || (name === 'plan' && told.length === 3)
}

async function plan({ db, path, options: chosen, now, unservable, given }: Asked) {
  const before = await sealedRegister(db)
  const files = await readRegister(path)
  const difference = compareRegister(before.objects, files, now, unservable)
  const isOffline = chosen.offline === true
  if (!isOffline) await askProviders(difference, files, given.discover)
  const unasked = isOffline ? nobodyAsked(difference) : []
  const refused = await refusedIn(db, difference, given.countRefusals)
  const shown = { ...planned(difference), refused, unasked }
  const { out, reason: fr = '', 'reason-en': en = '' } = chosen
  if (out === undefined) return { lines: planLines(shown), json: shown }
  const made = planOf(before, difference, {
    issuer: given.issuer,
    reason: { fr, en },
    refused,
    now,
  })
  await writeChangeSet(out, { plan: made, signatures: [] }, 'wx')
  return { lines: [...planLines(shown), `wrote ${out}`], json: shown }
}

async function apply({ db, path, now, unservable, given }: Asked): Promise<CommandOutput> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  const { files, authority } = isFile
    ? await changeIn(path, now, given)
    : await filesIn(path, now, given)
  const own = await given.seals()
  const applied = await transact(db, (tx) =>
    applyRegister(tx, own, files, now, {
      unservable,
      authority,
      requireTrueLog: given.requireTrueLog,
    }),
  )
  const lines = applied.map(({ id }) => `applied ${id}`)
  return {
    lines: lines.length === 0 ? ['nothing to apply'] : lines,
    json: { applied: applied.map(named) },
  }
}

type ToApply = { readonly files: RegisterFiles; readonly authority: Authority }

async function filesIn(
  dir: string,
  now: Date,
  { demandsSignatures }: RegisterGiven,
): Promise<ToApply> {
  return {
    files: await readRegister(dir),
    authority({ objects }, changes) {
      if (demandsSignatures && isSignedByTwo(shelvesOf(objects), now))
        requireTwo([], objects, changes, now)
      return Promise.resolve(undefined)
    },
  }
}

async function changeIn(file: string, now: Date, given: RegisterGiven): Promise<ToApply> {
  const set = await readChangeSet(file)
  return {
    files: { objects: set.plan.objects, problems: [] },
    authority: (before) => judgeChange(set, before, now, given),
  }
}

async function exportInto({ db, path }: Asked): Promise<CommandOutput> {
  const exported = await exportRegister(db, path)
  return {
    lines: [`wrote ${exported.length} files into ${path}`],
    json: { exported: exported.map((object) => ({ ...named(object), file: fileOf(object) })) },
  }
}
