import { dayAfter, startOfDay } from '../../base/values/calendar.ts'
import type { Agreement, Register } from '../../registry/index.ts'

// Agreements as ODRL 2.2 (W3C Recommendation), so that other people's programs read who may receive what, from whom, what for and how
// long. The register is what holds: a policy names the version of it that it was made from.

const context = ['http://www.w3.org/ns/odrl.jsonld', { dct: 'http://purl.org/dc/terms/' }]
// « distribute »: to supply the asset to third parties (ODRL Vocabulary 4.2.13).
const action = 'distribute'

/** Every agreement that is or was in force, in its newest version. */
export function policiesOf(
  register: Pick<Register, 'agreements' | 'purpose'>,
  issuer: string,
): object {
  const current = new Map(
    register.agreements.filter(isPublic).map((agreement) => [agreement.id, agreement]),
  )
  return {
    '@context': context,
    '@graph': [...current.values()].map((agreement) => policyOf(register, agreement, issuer)),
  }
}

function isPublic({ status }: Agreement): boolean {
  return status !== 'draft' && status !== 'filed'
}

function policyOf(
  { purpose }: Pick<Register, 'purpose'>,
  agreement: Agreement,
  issuer: string,
): object {
  const { id, ref, legalBasis, holder, recipient, datasets, purposes, from, until, status } =
    agreement
  const at = (kind: string, of: string) => `${issuer}/register/${kind}/${of}`
  return {
    '@type': 'Agreement',
    uid: `${issuer}/register/agreements/${ref}`,
    profile: 'http://www.w3.org/ns/odrl/2/core',
    'dct:source': `${issuer}/register/objects/agreement/${ref}.json`,
    'dct:identifier': id,
    'dct:type': legalBasis,
    'dct:valid': status,
    assigner: at('organisations', holder),
    assignee: at('organisations', recipient),
    permission: purposes.flatMap((purposeRef) =>
      datasets.map(({ dataset, categories }) => ({
        target: at('datasets', dataset),
        action,
        constraint: [
          { leftOperand: 'purpose', operator: 'eq', rightOperand: at('purposes', purposeRef) },
          {
            leftOperand: 'dct:subject',
            operator: 'isAnyOf',
            rightOperand: categories.map((category) => at('categories', category)),
          },
          { leftOperand: 'dateTime', operator: 'gteq', rightOperand: timed(startOfDay(from)) },
          ...(until === undefined
            ? []
            : [
                {
                  leftOperand: 'dateTime',
                  operator: 'lt',
                  rightOperand: timed(startOfDay(dayAfter(until, 'P1D'))),
                },
              ]),
          ...timesOf(purpose(purposeRef)?.frequencyLimit),
        ],
      })),
    ),
  }
}

function timed(at: Date) {
  return { '@value': at.toISOString(), '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' }
}

function timesOf(limit: { readonly count: number; readonly per: string } | undefined): object[] {
  if (limit === undefined) return []
  const { count, per } = limit
  return [
    {
      leftOperand: 'count',
      operator: 'lteq',
      rightOperand: count,
      'dct:extent': per,
    },
  ]
}
