import { readFile, stat, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { newHandKey, signByHand } from '../../base/keys/jws.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { SigningTerminal } from '../../base/ports/signing-terminal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { RegisterDifference } from './apply.ts'
import { compareRegister } from './apply.ts'
import type { PermitsCheck } from './change-effects.ts'
import { planFacts } from './change-effects.ts'
import type { ChangeSet, RegisterPlan } from './change-set.ts'
import {
  changeObject,
  changeSet,
  changeTyp,
  hashOfPlan,
  hashOfRegister,
  maxSignatures,
  requireTwo,
  requireUnmoved,
  signersOf,
} from './change-set.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import type { ShownChange } from './change-text.ts'
import { changeText, keyOf } from './change-text.ts'
import { leafOf } from './log-entries.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { SigningRequest } from './sign-after-reading.ts'
import { keepSigned, requireReading } from './sign-after-reading.ts'
import type { RegisterObject, SealedRegister } from './store.ts'

// The file of a change on its way: written by `plan`, signed by two in their own places, without a database, applied by an operator.

const maxBytes = 16 * 1024 * 1024

type Planning = {
  readonly issuer: string
  readonly reason: Bilingual
  readonly refused: ShownChange['refused']
  readonly unasked: ShownChange['unasked']
  readonly now: Date
  readonly permits: PermitsCheck
}

/**
 * The plan of a difference, against the register that it was made with, and the versions that it replaces.
 * @throws OperatorError where nothing would change
 */
export function planOf(
  before: SealedRegister,
  difference: RegisterDifference,
  { issuer, reason, refused, unasked, now, permits }: Planning,
): Omit<ChangeSet, 'signatures'> {
  const { changes } = difference
  const made = changeSet.omit({ signatures: true }).safeParse(
    // As the file will say it.
    JSON.parse(
      JSON.stringify({
        plan: {
          type: 'accord.register-plan.v2',
          issuer,
          epoch: Number(before.epoch),
          register: hashOfRegister(before.objects),
          reason,
          planned_at: now.toISOString(),
          refused,
          unasked,
          ...planFacts(before.objects, difference, now, permits),
          objects: changes.map(({ object }) => object),
        },
        replaced: changes.flatMap(({ before: was }) => (was === undefined ? [] : [bareOf(was)])),
      }),
    ),
  )
  if (made.success) return made.data
  throw new OperatorError(
    changes.length === 0
      ? 'There is nothing to apply, and so nothing to sign.'
      : `No plan can be written: ${z.prettifyError(made.error)}`,
  )
}

/** A version without its numbers and seal, as a file says it. */
export function bareOf({ kind, id, version, content }: RegisterObject): RegisterObject {
  return { kind, id, version, content }
}

/** @throws OperatorError */
export async function readChangeSet(file: string): Promise<ChangeSet> {
  return (await readChange(file)).set
}

async function readChange(
  file: string,
): Promise<{ readonly set: ChangeSet; readonly bytes: Buffer }> {
  try {
    if ((await stat(file)).size > maxBytes) throw new OperatorError(`${file} is over 16 MB.`)
    const bytes = await readFile(file)
    return { set: changeIn(file, JSON.parse(bytes.toString())), bytes }
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`${file} cannot be read as the change of a register.`, { cause })
  }
}

const older = z.looseObject({
  plan: z.looseObject({ type: z.literal('accord.register-plan.v1') }),
})

/** @throws OperatorError */
function changeIn(file: string, content: unknown): ChangeSet {
  if (older.safeParse(content).success)
    throw new OperatorError(
      `${file} is of an older form, without the values that it replaces. Make it anew, and have it signed again: accord register plan DIR --out FILE --reason TEXT --reason-en TEXT`,
    )
  const read = changeSet.safeParse(content)
  if (!read.success)
    throw new OperatorError(`${file} is no change of a register: ${z.prettifyError(read.error)}`)
  const fault = faultOf(read.data)
  if (fault !== undefined) throw new OperatorError(`${file} is no change of a register: ${fault}`)
  return read.data
}

/** Why the versions of a file do not belong together. */
function faultOf({ plan, replaced }: ChangeSet): string | undefined {
  const hashes = new Map(replaced.map((object) => [refOf(object), leafOf(object).toString('hex')]))
  const isNamed = plan.replaces.every((was) => hashes.get(refOf(was)) === was.sha256)
  if (!isNamed || hashes.size !== plan.replaces.length || replaced.length !== hashes.size)
    return 'the versions that it replaces are not those that its plan names'
  for (const objects of [plan.objects, replaced])
    if (new Set(objects.map(keyOf)).size < objects.length) return 'it has two versions of one thing'
  const changed = new Set(plan.objects.map(keyOf))
  const isChanged = replaced.every((object) => changed.has(keyOf(object)))
  return isChanged ? undefined : 'it replaces what it does not change'
}

function refOf({ kind, id, version }: Pick<RegisterObject, 'id' | 'version'> & { kind: string }) {
  return `${kind} ${id}@${version}`
}

/** Writes a change into a new file, for those who sign. @throws OperatorError where there is one */
export async function writeChangeSet(file: string, set: ChangeSet): Promise<void> {
  try {
    await writeFile(file, textOf(set), { flag: 'wx' })
  } catch (cause) {
    throw new OperatorError(`${file} cannot be written, or is there already.`, { cause })
  }
}

function textOf(set: ChangeSet): string {
  return `${JSON.stringify(set, null, 2)}\n`
}

/** What people read of a change, whoever shows it to them. */
export function changeView({ plan, replaced }: Omit<ChangeSet, 'signatures'>): ShownChange {
  const { objects, effects, refused, unasked } = plan
  return { plan, sha256: hashOfPlan(plan), objects, replaced, effects, refused, unasked }
}

type Judging = {
  readonly issuer: string
  readonly demandsSignatures: boolean
  readonly permits: PermitsCheck
}

/** Judges a change by what it says of the register, and by who signed it. @returns what the register keeps of it. @throws OperatorError */
export async function judgeChange(
  set: ChangeSet,
  before: SealedRegister,
  now: Date,
  { issuer, demandsSignatures, permits }: Judging,
): Promise<RegisterObject> {
  if (set.plan.issuer !== issuer)
    throw new OperatorError(`The change is not applied: it is for ${set.plan.issuer}.`)
  requireUnmoved(set, before)
  const signed = await signersOf(set, before, now)
  if (demandsSignatures && isSignedByTwo(shelvesOf(before.objects).signer.current, now))
    requireTwo(signed, before.objects, set.plan.objects, now)
  requireTruth(set, before, permits)
  return changeObject(set, signed)
}

/** Who signed believed what the plan says of the register: it is computed again, as of the instant of the plan. @throws OperatorError */
function requireTruth({ plan }: ChangeSet, before: SealedRegister, permits: PermitsCheck): void {
  const { objects, replaces, effects, refused, planned_at: plannedAt } = plan
  const at = new Date(plannedAt)
  const difference = compareRegister(before.objects, { objects, problems: [] }, at)
  const facts = planFacts(before.objects, difference, at, permits)
  const counted = difference.besideChoices.map(({ agreement: { id } }) => id)
  const isTrue =
    difference.changes.length === objects.length &&
    isDeepStrictEqual(facts.replaces, replaces) &&
    isDeepStrictEqual(facts.effects, effects) &&
    isDeepStrictEqual(
      refused.map(({ id }) => id),
      counted,
    )
  if (isTrue) return
  throw new OperatorError(
    'The change is not applied: its old values, or what it says of people, are not what the register holds. Plan again, and have it signed again.',
  )
}

/** `accord register key` */
export async function makeSignerKey(file: string): Promise<string[]> {
  const key = await newHandKey()
  await writeFile(file, `${JSON.stringify(key)}\n`, { flag: 'wx', mode: 0o600 }).catch(
    (cause: unknown) => {
      throw new OperatorError(`${file} cannot be written, or is there already.`, { cause })
    },
  )
  return [`public_key: ${key.x}`]
}

/** `accord register sign`: it needs no database. @throws OperatorError where nothing is signed */
export async function signChangeFile(
  { file, key: keyFile, yes }: SigningRequest,
  now: Date,
  terminal?: SigningTerminal,
): Promise<string[]> {
  const { set, bytes } = await readChange(file)
  if (set.signatures.length >= maxSignatures)
    throw new OperatorError(`${file} has ${maxSignatures} signatures, and takes no more.`)
  const key = await readKey(keyFile)
  const hash = hashOfPlan(set.plan)
  const lines = await requireReading(changeText(changeView(set)), hash, { yes, terminal })
  const jws = await signPlan(set.plan, key, now)
  await keepSigned(file, bytes, textOf({ ...set, signatures: [...set.signatures, jws] }))
  return [...lines, `signed ${hash}`]
}

/** A signature over a plan, by a private key of `accord register key`. */
export function signPlan(made: RegisterPlan, key: HandKey, now: Date): Promise<string> {
  const claims = { plan: hashOfPlan(made), iat: Math.floor(now.getTime() / 1000) }
  return signByHand(key, claims, changeTyp)
}

const handKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
})
export type HandKey = z.infer<typeof handKey>

/** @throws OperatorError */
export async function readKey(file: string): Promise<HandKey> {
  try {
    return handKey.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new OperatorError(`${file} is no private key of « accord register key ».`, { cause })
  }
}
