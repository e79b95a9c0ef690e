import { join } from 'node:path'
import { openDatabase, transact } from '../src/base/database/database.ts'
import { createMissingKeys } from '../src/base/keys/keys.ts'
import { openKnownKeys } from '../src/base/keys/known-keys.ts'
import { migrate } from '../src/base/migrating/migrate.ts'
import { makeRowSeals } from '../src/base/sealing/row-seal.ts'
import type { RegisterObject } from '../src/registry/index.ts'
import { applyRegister, readRegister } from '../src/registry/index.ts'
import { holderApi } from './sign-up.ts'
import type { KeptSigner } from './signing.ts'
import { makeSigner } from './signing.ts'
import type { Signers } from './target.ts'
import { clientIds, redirectUriOf } from './target.ts'

export const issuer = 'https://accord.test'

const registerDir = join(import.meta.dirname, '../demo/register')

export type KeptSigners = Readonly<Record<keyof Signers, KeptSigner>>

export function makeSigners(kept?: KeptSigners): Signers {
  const signer = (name: keyof Signers) => makeSigner(issuer, clientIds[name], kept?.[name])
  return {
    app: signer('app'),
    relying: signer('relying'),
    desk: signer('desk'),
    holder: signer('holder'),
  }
}

/** What a process needs before it starts: the schema, the keys, the demonstration's register with services of our own. */
export async function furnish(url: string, keysDir: string, signers: Signers): Promise<void> {
  await migrate(url)
  await createMissingKeys(keysDir)
  const files = await readRegister(registerDir)
  const objects = files.objects.filter(({ kind }) => kind !== 'service').map(atTestApi)
  const db = openDatabase(url)
  try {
    const whole = { objects: [...objects, ...services(signers)], problems: [] }
    const seals = makeRowSeals((await openKnownKeys(db, { mode: 'demonstration', keysDir })).seal)
    await transact(db, (tx) => applyRegister(tx, seals, whole, new Date()))
  } finally {
    await db.destroy()
  }
}

function atTestApi(object: RegisterObject): RegisterObject {
  if (object.kind !== 'dataset') return object
  return { ...object, content: { ...object.content, resource_server: holderApi } }
}

function services(signers: Signers): RegisterObject[] {
  const confidential = (id: keyof Signers) => ({ jwks: { keys: [signers[id].jwk] } })
  return [
    service(clientIds.app, 'org_aide-etudes', { token_endpoint_auth_method: 'none' }),
    service(clientIds.relying, 'org_aide-etudes', {
      ...confidential('relying'),
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      authorization_details_types: [`${issuer}/rar/communication/v1`],
    }),
    service(clientIds.desk, 'org_aide-etudes', { ...confidential('desk'), profile: 'baseline' }),
    service(clientIds.holder, 'org_agence-revenu', {
      ...confidential('holder'),
      grant_types: ['authorization_code', 'client_credentials'],
      resource_server: holderApi,
    }),
  ]
}

function service(id: string, organisation: string, more: object): RegisterObject {
  const content = {
    client_id: id,
    version: 1,
    organisation,
    name: { fr: `Service ${id}`, en: `${id} service` },
    status: 'active',
    redirect_uris: [redirectUriOf(id)],
    ...more,
  }
  return { kind: 'service', id, version: 1, content }
}

/** The same services, as the baselines hold them: in their configuration, as most providers do. */
export function baselineClients(signers: Signers): object[] {
  const confidential = (id: keyof Signers) => ({
    client_id: signers[id].clientId,
    redirect_uris: [redirectUriOf(signers[id].clientId)],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [signers[id].jwk] },
  })
  return [
    {
      client_id: signers.app.clientId,
      redirect_uris: [redirectUriOf(signers.app.clientId)],
      token_endpoint_auth_method: 'none',
    },
    { ...confidential('relying'), grant_types: ['authorization_code', 'refresh_token'] },
    confidential('desk'),
    { ...confidential('holder'), grant_types: ['authorization_code', 'client_credentials'] },
  ]
}
