import { readFile, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { newHandKey, signByHand } from '../base/platform/jws.ts'
import type { InBoth } from '../base/platform/languages.ts'
import { StartError } from '../base/platform/start-error.ts'
import { wordsIn } from '../base/platform/words-in.ts'
import type { RegisterDifference } from './apply.ts'
import type { ChangeSet, RegisterPlan } from './change-set.ts'
import {
  changeObject,
  changeSet,
  changeTyp,
  hashOfPlan,
  hashOfRegister,
  isSignedByTwo,
  requireTwo,
  signersOf,
} from './change-set.ts'
import type { ShownPlan } from './plan-lines.ts'
import { inWords } from './plan-lines.ts'
import { shelvesOf } from './shelves.ts'
import type { RegisterObject, SealedRegister } from './store.ts'

// The file of a change on its way: written by `plan`, signed by two in their own places, without a database, applied by an operator.

const maxBytes = 16 * 1024 * 1024

type Planning = {
  readonly issuer: string
  readonly reason: InBoth
  readonly refused: ShownPlan['refused']
  readonly now: Date
}

/** The plan of a difference, against the register that it was made with. @throws StartError where nothing would change */
export function planOf(
  before: SealedRegister,
  { changes }: RegisterDifference,
  { issuer, reason, refused, now }: Planning,
): RegisterPlan {
  const made = changeSet.shape.plan.safeParse({
    type: 'accord.register-plan.v1',
    issuer,
    epoch: Number(before.epoch),
    register: hashOfRegister(before.objects),
    reason,
    planned_at: now.toISOString(),
    refused: [...refused],
    // As the file will say it.
    objects: JSON.parse(JSON.stringify(changes.map(({ object }) => object))) as unknown,
  })
  if (made.success) return made.data
  throw new StartError(
    changes.length === 0
      ? 'There is nothing to apply, and so nothing to sign.'
      : `No plan can be written: ${z.prettifyError(made.error)}`,
  )
}

/** @throws StartError */
export async function readChangeSet(file: string): Promise<ChangeSet> {
  try {
    if ((await stat(file)).size > maxBytes) throw new StartError(`${file} is over 16 MB.`)
    const read = changeSet.safeParse(JSON.parse(await readFile(file, 'utf8')))
    if (read.success) return read.data
    throw new StartError(`${file} is no change of a register: ${z.prettifyError(read.error)}`)
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`${file} cannot be read as the change of a register.`, { cause })
  }
}

/** @param flag `wx`: the file must not be there yet */
export async function writeChangeSet(
  file: string,
  set: ChangeSet,
  flag: 'w' | 'wx',
): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(set, null, 2)}\n`, { flag })
  } catch (cause) {
    throw new StartError(`${file} cannot be written, or is there already.`, { cause })
  }
}

/** Judges a change by who signed it. @returns what the register keeps of it. @throws StartError */
export async function judgeChange(
  set: ChangeSet,
  before: SealedRegister,
  now: Date,
  { issuer, demandsSignatures }: { readonly issuer: string; readonly demandsSignatures: boolean },
): Promise<RegisterObject> {
  if (set.plan.issuer !== issuer)
    throw new StartError(`The change is not applied: it is for ${set.plan.issuer}.`)
  const signed = await signersOf(set, before, now)
  if (demandsSignatures && isSignedByTwo(shelvesOf(before.objects), now))
    requireTwo(signed, before.objects, set.plan.objects, now)
  return changeObject(set, signed)
}

/** `accord register key FILE` and `sign FILE --key KEY`: they need no database. @returns undefined: it is another command, or wrong usage */
export async function signingCommand(
  args: readonly string[],
  now: Date,
): Promise<string[] | undefined> {
  return wordsIn(args, { key: { type: 'string' } }, async ({ key }, [name, file, ...others]) => {
    if (file === undefined || others.length > 0) return undefined
    if (name === 'key') return key === undefined ? makeKey(file) : undefined
    return key === undefined ? undefined : sign(file, key, now)
  })
}

async function makeKey(file: string): Promise<string[]> {
  const key = await newHandKey()
  await writeFile(file, `${JSON.stringify(key)}\n`, { flag: 'wx', mode: 0o600 }).catch(
    (cause: unknown) => {
      throw new StartError(`${file} cannot be written, or is there already.`, { cause })
    },
  )
  return [`public_key: ${key.x}`]
}

async function sign(file: string, keyFile: string, now: Date): Promise<string[]> {
  const set = await readChangeSet(file)
  const jws = await signPlan(set.plan, await readKey(keyFile), now)
  await writeChangeSet(file, { ...set, signatures: [...set.signatures, jws] }, 'w')
  const { reason, objects, refused } = set.plan
  return [
    `${reason.fr} · ${reason.en}`,
    ...objects.map(({ kind, id, version }) => `${kind} ${id} version ${version}`),
    ...refused.map(({ id, people }) => `! ${id}: ${inWords(people).fr} · ${inWords(people).en}`),
    `signed ${hashOfPlan(set.plan)}`,
  ]
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

/** @throws StartError */
export async function readKey(file: string): Promise<HandKey> {
  try {
    return handKey.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new StartError(`${file} is no private key of « accord register key ».`, { cause })
  }
}
