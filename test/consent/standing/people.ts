import { newUuid } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import type { Brake, BrakedKind } from '../../../src/registry/objects/brakes.ts'
import { brakesOf } from '../../../src/registry/objects/brakes.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import type { Register } from '../../../src/registry/objects/register.ts'
import { registerOf } from '../../../src/registry/objects/register.ts'
import { bodyNo } from '../../../src/registry/index.ts'
import type { Change } from '../../support/world.ts'
import { consentOf } from '../../support/world.ts'

// People with sharings, and registers in which the law allows more or less, for sentences about what flows.

export const now = new Date('2026-12-01T15:00:00.000Z')
/** After the changes of a register that is not the first one. */
export const hourBefore = new Date('2026-12-01T14:00:00.000Z')

export const income = 'cat_revenu-net'
export const family = 'cat_situation-familiale'
export const dependants = 'cat_personnes-a-charge'
export const residence = 'cat_residence-quebec'

const suspended = { status: 'suspended' }
export const noRent: Change = { of: 'agr_2026-014', set: suspended }
export const noResidence: Change = { of: 'agr_2026-017', set: suspended }

/** A further purpose for which a body may be allowed the data of the bursary. */
export function allowable(
  [id, purpose]: readonly [string, string],
  recipient_org_id: string,
  why: { readonly fr: string; readonly en: string },
): readonly Change[] {
  return [
    { of: 'pur_calcul-aide', as: purpose, set: { recipient_org_id, why } },
    { of: 'agr_2026-001', as: id, set: { recipient_org_id, purposes: [`${purpose}@1`] } },
  ]
}

/** Another body that the law allows the income, or that she may allow it. */
export function another(n: number, of: 'agr_2026-014' | 'agr_2026-009'): readonly Change[] {
  const purpose = of === 'agr_2026-014' ? 'pur_verification-loyer' : 'pur_remboursement-pret'
  const recipient_org_id = `org_autre-${n}`
  return [
    { of: 'org_transport-adapte', as: recipient_org_id, set: {} },
    { of: purpose, as: `pur_autre-${n}`, set: { recipient_org_id } },
    {
      of,
      as: `agr_2026-90${n}`,
      set: { recipient_org_id, purposes: [`pur_autre-${n}@1`] },
    },
  ]
}

/** The law allows Student Aid a datum that she may allow it too. */
export function lawful(category: string, agreement = 'agr_2026-901'): readonly Change[] {
  return [
    { of: 'dst_avis-cotisation', as: 'dst_releve', set: {} },
    {
      of: 'pur_verification-loyer',
      as: 'pur_controle',
      set: {
        recipient_org_id: 'org_aide-etudes',
        why: { fr: 'vérifier votre dossier', en: 'check your file' },
        necessity_by_category: { [category]: 'required' },
      },
    },
    {
      of: 'agr_2026-014',
      as: agreement,
      set: {
        recipient_org_id: 'org_aide-etudes',
        datasets: [{ dataset_id: 'dst_releve@1', categories: [category] }],
        purposes: ['pur_controle@1'],
      },
    },
  ]
}

/** The service of the Revenue Agency that asks whether something may be sent: its only one. */
const asker = 'agence-revenu'

/** What may become of that service. */
export const askings = ['active', 'suspended', 'closed', 'braked', 'one-of-two', 'none'] as const
export type Asking = (typeof askings)[number]

/** A brake that was begun an hour ago. */
export function brakeOf(kind: BrakedKind, id: string): readonly Brake[] {
  const deed = { deed: 'brake', at: hourBefore, reason: { fr: 'a', en: 'a' } } as const
  return brakesOf([{ ...deed, kind, id, by: ['sig_one'], orderSha256: `${kind} ${id}` }])
}

/** The same register with that service so; `one-of-two`: it is suspended, and another one of its body asks; `none`: it was never registered. */
export function whileAsking({ epoch, versions }: Register, asking: Asking): Register {
  const found = versions.findLast(({ kind, id }) => kind === 'service' && id === asker)
  const service = present(found, 'the service')
  const change = (status: string) => ({ ...service, content: { ...service.content, status } })
  const [one, ...more] =
    asking === 'one-of-two'
      ? [change('suspended'), { ...service, id: `${asker}-2`, no: 9001, root: 9001 }]
      : [asking === 'suspended' || asking === 'closed' ? change(asking) : service]
  const all = [
    ...versions.flatMap((item) => {
      if (item !== service) return [item]
      return asking === 'none' ? [] : [one ?? item]
    }),
    ...more,
  ]
  const brakes = asking === 'braked' ? brakeOf('service', asker) : []
  return registerOf(epoch, all, shelvesOf(all), { brakes, now })
}

let answers = 0

/** A sharing under an agreement, each newer than the one before, of some of what it names. */
export function sharingOf(
  register: Register,
  id: string,
  categories: readonly string[],
  change: Partial<ConsentState> = {},
): ConsentState {
  const agreement = present(register.agreement(id), 'an agreement')
  const agreed = present(agreement.datasets[0], 'its data')
  const dataset = present(register.dataset(agreed.dataset), 'a dataset')
  answers += 1
  return consentOf(register, {
    consentId: newUuid(new Date(hourBefore.getTime() + answers)),
    holder: bodyNo(register, agreement.holder),
    recipient: bodyNo(register, agreement.recipient),
    dataset: dataset.no,
    purpose: present(register.purpose(agreement.purposes[0] ?? ''), 'a purpose').no,
    agreement: agreement.no,
    categories: maskOf(dataset, categories),
    validFrom: hourBefore,
    ...change,
  })
}

const usedUp = {
  uses: 4,
  windowUses: 4,
  windowStartedAt: hourBefore,
  validUntil: new Date('2028-12-01T15:00:00.000Z'),
} as const

/** States in which a sharing may be. */
export const conditions = {
  active: {},
  paused: { state: 'suspended', suspendedReasons: ['person'] },
  held: { state: 'suspended', suspendedReasons: ['incident'] },
  'used-up': usedUp,
  'paused-used-up': { ...usedUp, state: 'suspended', suspendedReasons: ['person'] },
  ended: { state: 'revoked' },
  untrusted: { isUntrusted: true },
  // Nobody relied on today’s words at that time.
  'other-meaning': { validFrom: new Date('2026-01-01T15:00:00.000Z') },
} as const satisfies Readonly<Record<string, Partial<ConsentState>>>
export type Condition = keyof typeof conditions
