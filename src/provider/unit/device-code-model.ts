import type { DataKey } from '../../base/sealing/data-keys.ts'
import type { Adapter, KoaContextWithOIDC } from 'oidc-provider'
import { makeSeals } from '../../base/sealing/encryption.ts'
import { deviceGrant } from '../clients/profiles.ts'
import { ensureRead } from './unit-reads.ts'
import { leadTo, tokenModel } from './token-model.ts'
import { currentUnit, nameRow, rowId } from './unit.ts'

// The model DeviceCode (RFC 8628): a row as that of a token, which the device finds by its secret. A second row leads to it from the code
// that a person types. That code has 34 bits: whoever has the table would find it from a plain hash, so the second row's id is a digest
// under a key of ours.

/** How long a device waits. */
export const deviceSeconds = 600
/** How often it may ask. */
export const pollSeconds = 5

/** The rows that may lead from a code that a person typed, one for each key, newest first. */
export type UserCodeRows = (userCode: string) => readonly string[]

export function makeUserCodeRows(dataKeys: readonly DataKey[]): UserCodeRows {
  const { digests } = makeSeals(dataKeys, 'user code')
  return (userCode) => digests(userCode).map((digest) => digest.toString('hex'))
}

const userCodePattern = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/

export function deviceCodeModel(rowsOf: UserCodeRows): Adapter {
  const model = tokenModel('DeviceCode')
  return {
    ...model,
    async findByUserCode(userCode) {
      if (!userCodePattern.test(userCode)) return undefined
      const unit = currentUnit()
      const rows = rowsOf(userCode)
      // The read brings the row that each leads to.
      await ensureRead(unit, { artifacts: rows })
      const [found] = rows.flatMap((row) => unit.seen.artifacts.get(row)?.row.parent_id ?? [])
      const payload = found === undefined ? undefined : await model.find(nameRow(unit, found))
      return payload && { ...payload, userCode }
    },
    async upsert(id, payload, ttl) {
      const { userCode, inFlight, ...kept } = payload
      const isDecided = kept.accountId !== undefined || kept['error'] !== undefined
      // The library would keep a code for whoever presses first, and for nobody else if she then goes away. Here it is of the person whose
      // sign-in is complete first: the version of the row decides.
      if (inFlight === true && !isDecided) return
      const unit = currentUnit()
      const [newest = ''] = typeof userCode === 'string' ? rowsOf(userCode) : []
      const isNew = unit.seen.artifacts.get(rowId('DeviceCode', id)) === undefined
      await model.upsert(id, kept, ttl)
      if (isDecided || !isNew || newest === '') return
      leadTo(unit, newest, { id: rowId('DeviceCode', id), exp: payload.exp })
    },
  }
}

const deviceRoutes = ['device_authorization', 'code_verification', 'device_resume']

/** Whether a request is for a sign-in on a device, at any of its steps. */
export function isOfDevice({ oidc: { route, params } }: KoaContextWithOIDC): boolean {
  return deviceRoutes.includes(route) || params?.['grant_type'] === deviceGrant
}
