import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { Provider } from 'oidc-provider'
import { makePairwise } from '../src/people/accounts/index.ts'
import { proofByJose } from '../test/support/proof-by-jose.ts'
import { newUuid, uuidText, writeId } from '../src/base/values/ids.ts'
import { signStatement } from '../src/base/keys/jws.ts'
import { signalMapping } from '../src/consent/signals/index.ts'
import { makeVault } from '../src/ledger/chain/index.ts'
import type { Baseline } from './baseline.ts'
import { readBody } from './baseline.ts'
import type { Asked, Named } from './naive-permit.ts'
import { categoryBits, decisionRow, findConsent, permit } from './naive-permit.ts'
import { statementsBy } from '../test/support/statements.ts'

// The same request, checks, records, seal and signature as ours on the same tables, written in the usual way with koa and knex: a
// statement for each step, and a transaction around a permit.

type Middleware = Parameters<Provider['use']>[0]
type Context = Parameters<Middleware>[0]

const holder = 'org_agence-revenu'
const path = '/access/v1/evaluation'
const permitSeconds = 60
const proofSeconds = 300

export async function decisionEndpoint(db: Knex, baseline: Baseline): Promise<Middleware> {
  const { issuer, keys } = baseline
  const named = await numbersOf(db)
  const pairwise = makePairwise(keys.pairwise)
  const vault = makeVault(keys, signalMapping)
  return async (ctx, next) => {
    if (ctx.path !== path) return next()
    await authenticate(ctx, baseline)
    const text = await readBody(ctx.req)
    const asked = askedBy(text, (sub) => pairwise.person(sub, holder) ?? '')
    const now = new Date()
    const consent = await findConsent(db, named, asked.personId, now)
    if (consent === undefined || (BigInt(asked.mask) & ~BigInt(consent.categories)) !== 0n) {
      ctx.body = await deny(db, named, asked, now)
      return undefined
    }
    const permitted = await db.transaction((tx) => permit(tx, named, asked, vault))
    const claims = { iss: issuer, aud: holder, ...permitted, exp: permitted.iat + permitSeconds }
    const token = await signStatement(statementsBy(keys), 'decision+jwt', claims)
    ctx.body = { decision: true, context: { ...permitted, decision_token: token } }
    return undefined
  }
}

async function numbersOf(db: Knex): Promise<Named> {
  const rows: { id: string; object_no: number }[] = await db('register_objects')
  const no = (id: string) => rows.find((row) => row.id === id)?.object_no ?? 0
  return {
    agreement: no('agr_2026-001'),
    purpose: no('pur_calcul-aide'),
    dataset: no('dst_avis-cotisation'),
    holder: no(holder),
    recipient: no('org_aide-etudes'),
  }
}

/** A live token of ours, a proof of its key, a proof that was not used before. */
async function authenticate(ctx: Context, { provider, issuer }: Baseline): Promise<void> {
  const token = ctx.get('Authorization').replace(/^DPoP /, '')
  // No key is cached, as in a typical implementation.
  const proof = await proofByJose(ctx.get('DPoP'), {
    method: ctx.method,
    url: issuer + ctx.path,
    accessToken: token,
    nowSeconds: Date.now() / 1000,
  })
  const found = await provider.ClientCredentials.find(token)
  if (proof === undefined || found?.isValid !== true || found.jkt !== proof.thumbprint)
    ctx.throw(401)
  const until = Math.floor(Date.now() / 1000) + proofSeconds
  if (!(await provider.ReplayDetection.unique(found.clientId ?? '', proof.jti, until)))
    ctx.throw(401)
}

type Body = {
  readonly resource: {
    readonly properties: {
      readonly categories: readonly string[]
      readonly data_subject: { readonly sub: string }
    }
  }
  readonly context: { readonly request_id: string }
}

function askedBy(text: string, personOf: (sub: string) => string): Asked {
  // The driver sends what ours validates; a naive endpoint trusts it.
  const { resource, context } = JSON.parse(text) as Body
  const { categories, data_subject: about } = resource.properties
  const key = createHash('sha256').update(context.request_id).digest().subarray(0, 16)
  return {
    personId: personOf(about.sub),
    mask: categories.reduce((mask, category) => mask | (1 << categoryBits.indexOf(category)), 0),
    requestKey: uuidText(key),
    contentSha256: createHash('sha256').update(text).digest(),
  }
}

async function deny(db: Knex, named: Named, asked: Asked, now: Date) {
  const decisionId = newUuid(now)
  await db('decision').insert({
    ...decisionRow(named, asked, now),
    decision_id: decisionId,
    permitted: 0,
    outcome: 'deny',
    reason_code: 'CATEGORY_NOT_COVERED',
  })
  const context = {
    decision_id: writeId('dec', decisionId),
    reason_codes: ['CATEGORY_NOT_COVERED'],
    permitted_categories: [],
  }
  return { decision: false, context }
}
