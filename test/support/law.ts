import { makePairwise } from '../../src/people/accounts/index.ts'
import { present } from '../../src/base/values/present.ts'
import { newPersonId } from '../../src/base/values/ids.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import type { Vault } from '../../src/ledger/chain/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { sharingOfInquiry } from '../../src/consent/disclosures/inquiry-count.ts'
import type { SharingInquiry } from '../../src/consent/disclosures/rows.ts'
import type { LiveRegister } from '../../src/registry/index.ts'
import type { Change } from './world.ts'
import type { Json, Stage } from './sharing.ts'
import { evaluation } from './sharing.ts'
import { sealStandings } from './resealed-access.ts'

// What the law allows in the demonstration's register: the Revenue Agency tells Affordable Housing a tenant's income, once a year.

export type Known = { readonly personId: string; readonly sub: string }

/** A person with an account about whom nothing was ever written, and her identifier at the holder. */
export async function newKnown(stage: Stage): Promise<Known> {
  const [known] = await newKnownOf(stage, 1)
  if (known === undefined) throw new Error('nobody was made')
  return known
}

/** That the Revenue Agency introspects of her, by an agreement that asks nobody. */
export function inquiredByLaw(live: LiveRegister, personId: string): SharingInquiry {
  const detail = {
    identifier: 'dst_avis-cotisation@1',
    purpose: 'pur_verification-loyer@1',
    agreement: 'agr_2026-014@2',
    recipient: 'org_logement-abordable',
    holder: 'org_agence-revenu',
  }
  const inquired = sharingOfInquiry(live, { personId, detail, at: new Date() })
  return present(inquired, 'a sharing of the register')
}

/** Several of them at once. */
export async function newKnownOf({ db, keysDir }: Stage, people: number): Promise<Known[]> {
  const ids = Array.from({ length: people }, () => newPersonId())
  const { pairwise } = await openKeys(keysDir)
  const at = new Date()
  await db('persons').insert(ids.map((personId) => ({ personId, createdAt: at })))
  await db('accounts').insert(ids.map((personId) => ({ personId, openedAt: at })))
  await sealStandings({ db, keysDir })
  const subjects = makePairwise(pairwise)
  return ids.map((personId) => ({
    personId,
    sub: subjects.subject(personId, 'org_agence-revenu'),
  }))
}

export async function vaultOf({ keysDir }: Stage): Promise<Vault> {
  return makeVault(await openKeys(keysDir), signalMapping)
}

type Asking = NonNullable<Parameters<typeof evaluation>[1]>

/** The holder asks for what the law allows. */
export function lawful(sub: string, change: Asking = {}): Json {
  const parties = { recipient: 'org_logement-abordable', purpose: 'pur_verification-loyer@1' }
  return evaluation(sub, { ...parties, ...change })
}

/** Of an agreement whose end no test reaches, in whichever year it runs and however long its house lives. */
export const longTerm = { from: '2026-01-05', until: '2199-12-31' }

/** The same for an investigation, as often as it takes; the person sees it after these days. */
export function investigation(days: number): Change[] {
  return [
    { of: 'pur_verification-loyer', as: 'pur_enquete', set: { frequency_limit: undefined } },
    {
      of: 'agr_2026-014',
      as: 'agr_2026-090',
      set: {
        legal_basis_id: 'investigation_59',
        purposes: ['pur_enquete@1'],
        shown_after_days: days,
        duration: longTerm,
      },
    },
  ]
}

/** The case that the holder names. */
export const investigatedCase = {
  number: 'E-2026-114',
  role: { fr: 'enquêtrice', en: 'investigator' },
}

export function investigated(sub: string, change: Asking = {}): Json {
  return lawful(sub, { purpose: 'pur_enquete@1', lawCase: investigatedCase, ...change })
}
