import { domainToUnicode } from 'node:url'
import type { z } from 'zod'
import type { RegisterDifference } from './apply.ts'
import { activeSigners } from './change-set.ts'
import { likenessOf } from '../objects/confusables.ts'
import { leafOf } from './log-entries.ts'
import { requiresConsent } from '../objects/legal-bases.ts'
import type { Agreement, Purpose } from '../objects/objects.ts'
import { idOf } from '../objects/file-fields.ts'
import type { Register } from '../objects/register.ts'
import { registerOf } from '../objects/register.ts'
import type { Shelves } from '../objects/object-index.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { effects, replacedVersion } from '../objects/signature-schemas.ts'
import type { RegisterObject, StoredObject } from './store.ts'

// What follows from a change of the register: it is computed where the register is, when it is planned and again when it is applied, and
// stands in the plan that is signed.

export type Effects = z.infer<typeof effects>
type Flow = Effects['stops'][number]

/** Whether an agreement permits anything for a purpose. Another room decides. */
export type PermitsCheck = (
  agreement: Agreement,
  purpose: Purpose,
  register: Register,
  now: Date,
) => boolean

/** What a plan says of the register that it was made against. */
export type PlanFacts = {
  readonly replaces: z.infer<typeof replacedVersion>[]
  readonly effects: Effects
}

/** @param before all versions of the register that the difference was found in */
export function planFacts(
  before: readonly StoredObject[],
  difference: RegisterDifference,
  now: Date,
  permits: PermitsCheck,
): PlanFacts {
  const replaced = difference.changes.flatMap(({ before: was }) => was ?? [])
  return {
    replaces: replaced.map((object) => ({
      kind: object.kind,
      id: object.id,
      version: object.version,
      sha256: leafOf(object).toString('hex'),
    })),
    effects: effectsOf(before, difference, now, permits),
  }
}

function effectsOf(
  before: readonly StoredObject[],
  { changes, outdated, cooling, after }: RegisterDifference,
  now: Date,
  permits: PermitsCheck,
): Effects {
  const [was, is] = [before, after].map((objects) => worldOf(objects, now, permits))
  if (was === undefined || is === undefined) throw new Error('a register before and after')
  return {
    stops: flowsWithout(was.flows, is.flows),
    begins: flowsWithout(is.flows, was.flows),
    asked_again: changes.flatMap((change) => askedAgain(change, is.shelves)),
    reworded: changes
      .filter(({ isMaterial }) => isMaterial === false)
      .map(({ object: { kind, id, version } }) => `${kind} ${id}@${version}`),
    sign_in_stops: without(was.signIns, is.signIns),
    sign_in_begins: without(is.signIns, was.signIns),
    signers_leave: without(was.signers, is.signers),
    signers_come: without(is.signers, was.signers),
    outdated: outdated.map(({ id }) => id),
    cooling: cooling.map(({ agreement: { id }, until }) => ({ id, until: until.toISOString() })),
    alike: alikeIn(
      before,
      changes.map(({ object }) => object),
    ),
  }
}

function worldOf(objects: readonly StoredObject[], now: Date, permits: PermitsCheck) {
  const shelves = shelvesOf(objects)
  const register = registerOf(0, objects, shelves)
  return {
    shelves,
    flows: flowsIn(register, shelves, now, permits),
    signIns: [
      ...[...register.services.keys()].map((id) => `service ${id}`),
      ...[...register.identityProviders.keys()].map((id) => `identity-provider ${id}`),
    ],
    signers: activeSigners(shelves, now).map(({ id, publicKey }) => `${id} ${publicKey}`),
  }
}

/** Each category that may be sent, by all that a consent to it names. */
function flowsIn(
  register: Register,
  { agreement: agreements }: Shelves,
  now: Date,
  permits: PermitsCheck,
): Map<string, Flow> {
  const found = new Map<string, Flow>()
  for (const agreement of agreements.current)
    for (const ref of agreement.purposes) {
      const purpose = register.purpose(ref)
      if (purpose === undefined || !permits(agreement, purpose, register, now)) continue
      const { id, holder, recipient, datasets } = agreement
      const flow = {
        agreement: id,
        holder,
        recipient,
        purpose: ref,
        by_law: !requiresConsent(agreement),
      }
      for (const { dataset, categories } of datasets)
        for (const category of categories)
          found.set([id, holder, recipient, ref, dataset, flow.by_law, category].join(' '), {
            ...flow,
            dataset,
            categories: [category],
          })
    }
  return found
}

/** What the one has and the other has not, the categories of one dataset together. */
function flowsWithout(some: ReadonlyMap<string, Flow>, others: ReadonlyMap<string, Flow>): Flow[] {
  const only = [...some].filter(([key]) => !others.has(key)).map(([, flow]) => flow)
  const together = Map.groupBy(only, ({ categories: _one, ...flow }) =>
    Object.values(flow).join(' '),
  )
  return [...together.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [{ ...first, categories: [first, ...more].flatMap(({ categories }) => categories) }],
  )
}

function without(some: readonly string[], others: readonly string[]): string[] {
  return some.filter((one) => !others.includes(one))
}

function askedAgain(
  { object: { kind, id, version }, isMaterial }: RegisterDifference['changes'][number],
  { agreement, text }: Shelves,
): Effects['asked_again'] {
  if (isMaterial !== true) return []
  const named =
    kind === 'text'
      ? [idOf(text.find(`${id}@${version}`)?.agreement ?? '')]
      : agreement.current
          .filter((item) => requiresConsent(item) && names(item, kind, id))
          .map((item) => item.id)
  return [{ by: `${kind} ${id}@${version}`, agreements: named }]
}

function names({ holder, recipient, datasets }: Agreement, kind: string, id: string): boolean {
  if (kind === 'organisation') return holder === id || recipient === id
  return datasets.some(({ categories }) => categories.includes(id))
}

/** Ids and hosts that come with a change, and that people may take for one that is there. */
function alikeIn(
  before: readonly StoredObject[],
  objects: readonly RegisterObject[],
): Effects['alike'] {
  const [known, fresh] = [namesIn(before), namesIn(objects)]
  const everything = new Map([...known, ...fresh])
  const byLook = Map.groupBy(everything, ([name]) => likenessOf(name))
  return [...fresh.keys()]
    .filter((name) => !known.has(name))
    .flatMap((name) =>
      (byLook.get(likenessOf(name)) ?? [])
        .filter(([like]) => like !== name)
        .map(([like, of]) => ({ name: name.slice(0, 300), like: like.slice(0, 300), of })),
    )
    .slice(0, mostAlike)
}

const mostAlike = 1000

/** Each id and each host, with the object where it stands. */
function namesIn(objects: readonly RegisterObject[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const { kind, id, content } of objects) {
    found.set(id, `${kind} ${id}`)
    for (const text of textsIn(content)) {
      const host = hostOf(text)
      if (host !== undefined) found.set(host, `${kind} ${id}`)
    }
  }
  return found
}

/** The host of an address, as people read it: `xn--…` by its letters. */
export function hostOf(text: string): string | undefined {
  const { host = '', hostname = '', protocol = '' } = URL.parse(text) ?? {}
  if (host === '' || !/^https?:$/.test(protocol)) return undefined
  const read = domainToUnicode(hostname)
  return read === '' ? host : `${read}${host.slice(hostname.length)}`
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((item: unknown) => textsIn(item))
}
