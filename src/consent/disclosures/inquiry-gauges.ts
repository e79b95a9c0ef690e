import type { Gauges, Meter } from '../../base/logging/meter.ts'
import type { Register } from '../../registry/index.ts'
import type { InquiryTotal } from './inquiry-store.ts'

// What is measured of introspections: the last day that is closed.

type Told = { readonly gauges: Gauges; readonly meter: Meter; readonly register: Register }

export function tellInquiries(
  { gauges, meter, register }: Told,
  totals: readonly InquiryTotal[],
): void {
  for (const metric of ['inquiries', 'inquiriesUndecided'] as const) gauges.zero(metric)
  const holderOf = ({ holder }: InquiryTotal) =>
    meter.listed('receiver', register.organisationByRoot(holder)?.id ?? '')
  for (const [holder, of] of Map.groupBy(totals, holderOf)) {
    const sum = (member: 'introspected' | 'undecided') =>
      of.reduce((all, one) => all + one[member], 0)
    gauges.set('inquiries', { holder }, sum('introspected'))
    gauges.set('inquiriesUndecided', { holder }, sum('undecided'))
  }
}
