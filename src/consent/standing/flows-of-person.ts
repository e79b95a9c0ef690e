import { dayOf } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import type { Register } from '../../registry/index.ts'
import type { ConsentState, ReadFlows, StillClaims, StillDatum } from '../record/index.ts'
import { categoriesIn, consentsOf, lookbackOf } from '../record/index.ts'
import { otherWays } from './other-ways.ts'
import { readStandingFacts } from './facts.ts'
import type { Datum } from './sentences.ts'
import type { PermittedFlow, StillFlows } from './flows.ts'
import { whatStillFlows } from './still-flows.ts'

/** What a stop is handed by this room, which is above that of receipts. */
export const readFlows: ReadFlows = async (tx, vault, { personId, register, now }) => {
  const answers = await consentsOf(tx, vault.seals, personId)
  const { seals, heads } = vault
  const facts = await readStandingFacts(tx, seals, { personId, answers, register, heads })
  const { consents } = answers
  return {
    consents,
    othersLike(consent) {
      const own = [consent.consentId]
      const others = otherWays(dataOf(consent, register), own, whatStillFlows(facts, register, now))
      const ids = new Set(others.map(({ right }) => right.by === 'choice' && right.consentId))
      return consents.filter(({ consentId }) => ids.has(consentId))
    },
    stillAfter(records) {
      const deed = { kind: 'stop', records } as const
      const still = whatStillFlows({ ...facts, deed }, register, now)
      return (consent) => stillClaims(dataOf(consent, register), still, register)
    },
  }
}

/** The data of a sharing, for its recipient; none where the register does not know its dataset. */
export function dataOf(
  consent: ConsentState,
  register: Pick<Register, 'datasetByNo'>,
): readonly Datum[] {
  const { recipient } = consent
  const dataset = register.datasetByNo(consent.dataset)
  if (dataset === undefined) return []
  const days = lookbackOf(consent)
  return categoriesIn(dataset, consent.categories).map((category) => ({
    recipient,
    category,
    days,
  }))
}

/** What the receipt of a stop says of these data: by what flows once it is done. Pure. */
export function stillClaims(
  about: readonly Datum[],
  { flows }: StillFlows,
  register: Register,
): StillClaims {
  const data = about.map(({ recipient, category }) =>
    datumOf(
      category,
      flows.filter((flow) => flow.recipient === recipient && flow.category === category),
      register,
    ),
  )
  return { data, not_counted: 'shown_later' }
}

// Two agreements, or two holders, for the same purpose are one way to whoever receives.
function datumOf(id: string, flows: readonly PermittedFlow[], register: Register): StillDatum {
  const { label } = present(register.category(id), 'a category of a dataset')
  const ways = flows
    .flatMap((flow) => flow.ways)
    .map(({ by: right, purpose, days }) => {
      const lookback = days === undefined ? {} : { lookback: days }
      return { right, purpose_id: purpose.ref, purpose_label: purpose.label, ...lookback }
    })
  const waits = flows
    .flatMap((flow) => flow.waits)
    .map(({ way, because, from }) => {
      const day = from === undefined || because !== 'limit' ? {} : { from: dayOf(from) }
      return { right: way.by, because, ...day }
    })
  return { pii_type: id, pii_label: label, ways: unlike(ways), waits: unlike(waits) }
}

function unlike<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}
