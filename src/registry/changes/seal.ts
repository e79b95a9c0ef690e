import { createHash } from 'node:crypto'
import type { Transaction } from '../../base/database/database.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { fileOf } from '../objects/file-names.ts'
import { isAsPublished, leafOf } from './log-entries.ts'
import { hasSameContent } from './same-content.ts'
import type { RegisterObject, SealedObject, SealedRegister } from './store.ts'
import {
  lockRegister,
  objectsWithLeaves,
  sealedRegister,
  writeSeals,
  writeWholeSeal,
} from './store.ts'

// An attacker who can write to the database could insert an agreement, and every process would decide by it. So each version bears a
// seal, and the epoch with all of these seals another one: a version changed, inserted or taken away is no register.

/** What the seal of one version covers; `sha256` is its entry in the public log: kind, id, version and content. */
export const versionSeal = sealedRow('register version', 1, {
  no: 'int',
  sha256: 'bytes',
  appliedAt: 'time',
})
export const registerSeal = sealedRow('register', 2, {
  epoch: 'big',
  versions: 'int',
  seals: 'bytes',
  brakes: 'int',
  braked: 'bytes',
})

/** The register in the database is not as this broker applied it. */
export class RegisterUntrusted extends OperatorError {
  /** The version that is not as it was applied; undefined: the versions together, or the epoch. */
  readonly ref: string | undefined

  constructor(ref: string | undefined) {
    const what = ref === undefined ? 'The register as a whole' : `${ref} in the register`
    super(
      `${what} does not bear the seal of this broker: the database or the key of purpose "seal" was changed, or the register was never sealed. After a look at how that came about, « accord register apply DIR », with the files of the whole register, seals what is equal to them.`,
    )
    this.ref = ref
  }
}

/** @throws RegisterUntrusted unless each version and all of them together are as they were applied */
export function requireSeals(seals: RowSeals, register: SealedRegister): void {
  const strange = register.objects.find((object) => !holds(seals, object))
  if (strange !== undefined) throw new RegisterUntrusted(refOf(strange))
  if (!isWhole(seals, register)) throw new RegisterUntrusted(undefined)
}

/** Whether nothing was inserted, taken away or sealed otherwise since the last apply. A register without versions was never sealed. */
export function isWhole(seals: RowSeals, register: SealedRegister): boolean {
  const { epoch, seal, objects } = register
  if (objects.length === 0 && epoch === 0n) return true
  return seals.holds(registerSeal, together(register), seal)
}

/** Whether nothing in it bears a seal: a first apply, or somebody took every seal away. The database alone cannot tell which. */
export function bearsNoSeal({ seal, objects }: SealedRegister): boolean {
  return seal === null && objects.every((object) => object.seal === null)
}

/**
 * Seals the register as it is after an apply, in its transaction. A version of now is sealed if it says what its file says, or if
 * it and the register before the apply bore their seals. An earlier version keeps its seal. Where nothing bears a seal, an earlier
 * version is sealed if it is as its entry in the public log, which the caller has had checked (`applyRegister`).
 * @param before the register before the apply. @throws RegisterUntrusted for the first version that nothing vouches for
 */
export async function sealRegister(
  tx: Transaction,
  seals: RowSeals,
  files: readonly RegisterObject[],
  before: SealedRegister,
): Promise<void> {
  const register = await sealedRegister(tx)
  const said = new Map(files.map((object) => [fileOf(object), object]))
  const latest = new Map(register.objects.map((object) => [fileOf(object), object]))
  const published = bearsNoSeal(before) ? await publishedNumbers(tx) : new Set<number>()
  const wasWhole = isWhole(seals, before)

  function isVouchedFor(object: SealedObject): boolean {
    if (latest.get(fileOf(object)) !== object)
      return holds(seals, object) || published.has(object.no)
    const file = said.get(fileOf(object))
    // A change has no file: where nothing bears a seal, its entry speaks for it.
    if (file === undefined && object.kind === 'change' && published.has(object.no)) return true
    return (
      (file !== undefined && hasSameContent(file, object)) || (wasWhole && holds(seals, object))
    )
  }

  const strange = register.objects.find((object) => !isVouchedFor(object))
  if (strange !== undefined) throw new RegisterUntrusted(refOf(strange))
  const objects = register.objects.map((object) => ({ ...object, seal: sealOf(seals, object) }))
  // Equal seals are not written again; a new key gives others.
  await writeSeals(
    tx,
    objects.filter(({ seal }, i) => register.objects[i]?.seal?.equals(seal) !== true),
  )
  await writeWholeSeal(tx, seals.seal(registerSeal, together({ ...register, objects })))
}

/** The seals of the register under the newest key; what was not as it was applied stays so, for another apply. */
export function registerRenewal(seals: RowSeals): Renewal {
  return {
    purpose: 'seal',
    table: 'register_state',
    async renew(tx, { from }) {
      const none = { renewed: 0, left: 0 }
      if (from > 0) return none // its one row stands in the first page
      await lockRegister(tx)
      const register = await sealedRegister(tx)
      const { seal: whole, objects } = register
      const older = [whole, ...objects.map(({ seal }) => seal)].filter(isOlder)
      if (older.length === 0 || !isSealed(seals, register)) return none
      await sealRegister(tx, seals, [], register)
      return { renewed: older.length, left: 0 }
    },
  }

  function isOlder(seal: Buffer | null): boolean {
    return seal !== null && !seal.subarray(0, seals.newestId.length).equals(seals.newestId)
  }
}

function isSealed(seals: RowSeals, register: SealedRegister): boolean {
  return register.objects.every((object) => holds(seals, object)) && isWhole(seals, register)
}

async function publishedNumbers(tx: Transaction): Promise<ReadonlySet<number>> {
  const objects = await objectsWithLeaves(tx)
  return new Set(objects.filter(isAsPublished).map(({ no }) => no))
}

function holds(seals: RowSeals, object: SealedObject): boolean {
  return seals.holds(versionSeal, covered(object), object.seal)
}

function sealOf(seals: RowSeals, object: SealedObject): Buffer {
  return seals.seal(versionSeal, covered(object))
}

function covered(object: SealedObject) {
  const { no, appliedAt } = object
  return { no, sha256: leafOf(object), appliedAt }
}

// A digest, because twenty thousand seals are longer than what one seal may cover.
function together({ epoch, objects, brakes }: SealedRegister) {
  const hash = createHash('sha256')
  for (const { seal } of objects.toSorted((one, other) => one.no - other.no))
    hash.update(seal ?? Buffer.alloc(0))
  const braked = createHash('sha256')
  for (const { no, sha256, operator } of brakes)
    braked.update(JSON.stringify([no, sha256.toString('hex'), operator]))
  return {
    epoch,
    versions: objects.length,
    seals: hash.digest(),
    brakes: brakes.length,
    braked: braked.digest(),
  }
}

function refOf({ id, version }: RegisterObject): string {
  return `${id}@${version}`
}
