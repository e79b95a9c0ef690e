import type { FileOf, Kind, PublishedVersion } from '../../registry/index.ts'
import { fileOf } from '../../registry/index.ts'

// The columns of each list as a table (RFC 4180). Their names and order are a promise: new columns come at the end.

export type TableCell = string | number | boolean | undefined
export type TableColumn<T> = readonly [name: string, cell: (of: T) => TableCell]
type InBoth = { readonly fr: string; readonly en: string } | undefined

export function bilingual<T>(name: string, of: (from: T) => InBoth): readonly TableColumn<T>[] {
  return [
    [`${name}_fr`, (from) => of(from)?.fr],
    [`${name}_en`, (from) => of(from)?.en],
  ]
}

export const spaceSeparated = (values: readonly string[] = []) => values.join(' ')

const columns: { readonly [K in Kind]: readonly TableColumn<FileOf<K>>[] } = {
  organisation: [
    ...bilingual<FileOf<'organisation'>>('name', ({ name }) => name),
    ['kind', ({ kind }) => kind],
    ['neq', ({ neq }) => neq],
    ['parent', ({ parent_org_id: parent }) => parent],
    ['status', ({ status }) => status],
    ...bilingual<FileOf<'organisation'>>('contact', ({ contact }) => contact?.name),
    ['telephone', ({ contact }) => contact?.telephone],
    ['privacy_officer_contact', ({ privacy_officer_contact: contact }) => contact],
    ['policy_url', ({ policy_url: url }) => url],
    ['complaint_url', ({ complaint_url: url }) => url],
  ],
  category: [
    ...bilingual<FileOf<'category'>>('label', ({ label }) => label),
    ...bilingual<FileOf<'category'>>('description', ({ plain_description: text }) => text),
    ['sensitivity', ({ sensitivity }) => sensitivity],
    ['parent', ({ parent_category_id: parent }) => parent],
    ['dpv', ({ dpv_pd_iri: iri }) => iri],
  ],
  dataset: [
    ...bilingual<FileOf<'dataset'>>('label', ({ label }) => label),
    ['holder', ({ holder_org_id: holder }) => holder],
    ['categories', ({ categories }) => spaceSeparated(categories.map(({ category_id: id }) => id))],
    ['source_of_truth', ({ source_of_truth: is }) => is],
  ],
  purpose: [
    ...bilingual<FileOf<'purpose'>>('label', ({ label }) => label),
    ...bilingual<FileOf<'purpose'>>('statement', ({ plain_statement: text }) => text),
    ['recipient', ({ recipient_org_id: recipient }) => recipient],
    ['programme', ({ programme }) => programme],
    ['topic', ({ topic }) => topic],
    ['categories', ({ necessity_by_category: of }) => spaceSeparated(Object.keys(of))],
    ['max_duration', ({ max_duration: longest }) => longest],
    ['automated_decision', ({ automated_decision: is }) => is],
    ['outside_quebec', ({ outside_quebec: is }) => is],
    ['status', ({ status }) => status],
  ],
  agreement: [
    ['holder', ({ holder_org_id: holder }) => holder],
    ['recipient', ({ recipient_org_id: recipient }) => recipient],
    ['legal_basis', ({ legal_basis_id: basis }) => basis],
    ...bilingual<FileOf<'agreement'>>('act', ({ law }) => law?.act),
    ['section', ({ law }) => law?.section],
    ['law_url', ({ law }) => law?.url.fr],
    ['datasets', ({ datasets }) => spaceSeparated(datasets.map(({ dataset_id: ref }) => ref))],
    [
      'categories',
      ({ datasets }) => spaceSeparated(datasets.flatMap(({ categories }) => categories)),
    ],
    ['purposes', ({ purposes }) => spaceSeparated(purposes)],
    ['from', ({ duration }) => duration.from],
    ['until', ({ duration }) => duration.until],
    ['in_force_from', ({ in_force_from: from }) => from],
    ['pia_conclusion_date', ({ pia_conclusion_date: day }) => day],
    ['cai_received_on', ({ cai_received_on: day }) => day],
    ['shown_after_days', ({ shown_after_days: days }) => days],
    ['status', ({ status }) => status],
  ],
  text: [
    ['purpose', ({ purpose_id: ref }) => ref],
    ['agreement', ({ agreement_id: ref }) => ref],
    ['approved_on', ({ approved_on: day }) => day],
    ['material_change', ({ material_change: is }) => is],
    ['previous_version', ({ previous_version: ref }) => ref],
  ],
  service: [
    ...bilingual<FileOf<'service'>>('name', ({ name }) => name),
    ['organisation', ({ organisation }) => organisation],
    ['profile', ({ profile = 'fapi' }) => profile],
    ['claims', ({ claims = {} }) => spaceSeparated(Object.keys(claims))],
    ['exception_until', ({ until }) => until],
    ['status', ({ status }) => status],
  ],
  'identity-provider': [
    ...bilingual<FileOf<'identity-provider'>>('name', ({ name }) => name),
    ['issuer', ({ issuer }) => issuer],
    ['ceiling', ({ ceiling }) => ceiling],
    ['vouches_for', ({ vouches_for: claims }) => spaceSeparated(claims)],
    ['status', ({ status }) => status],
  ],
  signer: [
    ...bilingual<FileOf<'signer'>>('office', ({ office }) => office),
    ['organisation', ({ organisation }) => organisation],
    ['public_key', ({ public_key: key }) => key],
    ['from', ({ from }) => from],
    ['until', ({ until }) => until],
  ],
  change: [
    ...bilingual<FileOf<'change'>>('reason', ({ reason }) => reason),
    ['planned_at', ({ planned_at: at }) => at],
    ['signers', ({ signatures }) => spaceSeparated(signatures.map(({ signer }) => signer))],
    ['objects', ({ objects }) => objects.length],
  ],
  setting: [
    ['cooling_days', ({ cooling_days: days }) => days],
    ['retention_activity', ({ retention }) => retention?.activity],
    ['retention_messages', ({ retention }) => retention?.messages],
  ],
}

export function headingsOf(kind: Kind): string[] {
  const of: readonly TableColumn<never>[] = columns[kind]
  return of.map(([name]) => name)
}

export function cellsOf(version: PublishedVersion): string[] {
  const { kind } = version
  // One kind has the columns of its own files.
  const of = columns[kind] as readonly TableColumn<FileOf<Kind>>[]
  const file = fileOf(kind, version)
  return of.map(([, cell]) => cellText(cell(file)))
}

export function cellText(cell: TableCell): string {
  return cell === undefined ? '' : String(cell)
}
