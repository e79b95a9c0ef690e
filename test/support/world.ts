import type { ConsentState } from '../../src/consent/record/index.ts'
import { asNew, maskOf } from '../../src/consent/record/index.ts'
import type { Transaction } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import type { Register, RegisterObject } from '../../src/registry/index.ts'
import { applyRegister, openRegister } from '../../src/registry/index.ts'
import { sealRegister } from '../../src/registry/changes/seal.ts'
import { sealedRegister } from '../../src/registry/changes/store.ts'
import { demoRegister } from './demo-register.ts'
import { freshDatabase } from './database.ts'
import { housePatience } from './patience.ts'
import { seals } from './seals.ts'

/** The demonstration's register in a database of its own, for decisions that need nothing else. */
export type World = {
  readonly register: Register
  /** The register as it would be after these changes; nothing of them stays. */
  after(...changes: readonly Change[]): Promise<Register>
  close(): Promise<void>
}

/** A new version of an object: members replaced, or an object of its own. */
export type Change = {
  readonly of: string
  /** Another object's id, if the change makes a new one. */
  readonly as?: string
  readonly set: Readonly<Record<string, unknown>>
}

export async function openWorld(): Promise<World> {
  const fresh = await freshDatabase()
  const db = openDatabase(fresh.url, housePatience)
  const files = await demoRegister()
  await db.transaction(async (tx) => {
    await applyRegister(tx, seals, files, new Date())
    await date(tx, applied.first, 0, files.objects)
  })
  return {
    register: (await openRegister(db, seals)).current(),
    async after(...changes) {
      const tx = await db.transaction()
      try {
        const objects = changes.map((change) => changed(files.objects, change))
        const before = (await openRegister(tx, seals)).current().epoch
        await applyRegister(tx, seals, { objects, problems: [] }, new Date())
        await date(tx, applied.changes, before, [...files.objects, ...objects])
        return (await openRegister(tx, seals)).current()
      } finally {
        await tx.rollback()
      }
    },
    async close() {
      await db.destroy()
      await fresh.drop()
    },
  }
}

// What is judged here has fixed dates: the register was applied before a consent of `consentOf` was given, and its changes after.
const applied = {
  first: new Date('2026-01-05T15:00:00.000Z'),
  changes: new Date('2026-11-30T15:00:00.000Z'),
}

/** Dates what was applied last, and seals it anew. @param before how many versions there were */
async function date(
  tx: Transaction,
  at: Date,
  before: number,
  files: readonly RegisterObject[],
): Promise<void> {
  await tx.raw('set local session_replication_role = replica')
  await tx.raw(
    `update register_objects set applied_at = ?
     where object_no in (select object_no from register_objects order by object_no offset ?)`,
    [at, before],
  )
  await tx.raw('set local session_replication_role = origin')
  await tx.raw('delete from register_seal')
  await tx.raw('update register_state set seal = null')
  await sealRegister(tx, seals, files, await sealedRegister(tx))
}

const idFields: Readonly<Record<string, string>> = {
  organisation: 'org_id',
  category: 'category_id',
  dataset: 'dataset_id',
  purpose: 'purpose_id',
  agreement: 'agreement_id',
  text: 'text_id',
}

export function changed(
  objects: readonly RegisterObject[],
  { of, as, set }: Change,
): RegisterObject {
  const object = objects.find(({ id }) => id === of)
  if (object === undefined) throw new Error(`the register has no ${of}`)
  const [id, version] = as === undefined ? [of, object.version + 1] : [as, 1]
  const content = {
    ...object.content,
    ...(object.kind === 'text' && as === undefined && succession(object, set)),
    ...(as !== undefined && namesOf(object, as)),
    [idFields[object.kind] ?? '']: id,
    version,
    ...set,
  }
  return { ...object, id, version, content }
}

/** Under names made of its id: two objects of one kind may not have one name. */
export function withOwnNames(object: RegisterObject): RegisterObject {
  return { ...object, content: { ...object.content, ...namesOf(object, object.id) } }
}

function namesOf({ content }: RegisterObject, id: string): Readonly<Record<string, unknown>> {
  const named = ['name', 'short_name', 'name_in_sentence', 'label'].filter(
    (field) => field in content,
  )
  return Object.fromEntries(
    named.map((field) => [field, { fr: `Un autre ${id}`, en: `Another ${id}` }]),
  )
}

// The members with which a new version of a text refers to the one before.
function succession({ id, version }: RegisterObject, set: Change['set']) {
  return { previous_version: `${id}@${version}`, material_change: 'purpose_id' in set }
}

/** A consent of today, for the two required categories, as the demonstration's agreement allows it. */
export function consentOf(register: Register, change: Partial<ConsentState> = {}): ConsentState {
  const [dataset, purpose, agreement] = [
    register.dataset('dst_avis-cotisation'),
    register.purpose('pur_calcul-aide'),
    register.agreement('agr_2026-001'),
  ]
  if (!dataset || !purpose || !agreement) throw new Error('the register is not the demonstration')
  const validFrom = new Date('2026-11-24T15:00:00.000Z')
  return {
    personId: '4f6c1c5e-5b9a-4c59-9d4c-1b6a3e1d2f00',
    consentId: newUuid(validFrom),
    arrangementId: newUuid(validFrom),
    holder: register.organisation(agreement.holder)?.root ?? 0,
    recipient: register.organisation(agreement.recipient)?.root ?? 0,
    dataset: dataset.no,
    purpose: purpose.no,
    agreement: agreement.no,
    categories: maskOf(dataset, ['cat_revenu-net', 'cat_situation-familiale']),
    state: 'active',
    stateAt: validFrom,
    validFrom,
    validUntil: new Date('2027-08-25T04:00:00.000Z'),
    maxUses: null,
    frequencyCount: 4,
    frequencyPer: 'P1Y',
    lookbackFrom: null,
    lookbackTo: null,
    ...asNew,
    ...change,
  }
}
