import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Database } from '../../src/base/database/database.ts'
import { fileOf } from '../../src/registry/objects/file-names.ts'
import type { Kind } from '../../src/registry/objects/object-schemas.ts'
import { kinds } from '../../src/registry/objects/object-schemas.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'

export type Content = Readonly<Record<string, unknown>>
export type Block = { readonly role: string; readonly fr: string; readonly en: string }
export type Whole = { readonly [K in Kind]: Content }

const both = { fr: 'Essai', en: 'Trial' }

/** One object of each kind, which name each other as they should. */
export const whole: Whole = {
  'identity-provider': {
    provider_id: 'elsewhere',
    version: 1,
    name: { fr: 'Ailleurs', en: 'Elsewhere' },
    issuer: 'https://id.elsewhere.test',
    client_id: 'accord',
    scopes: ['openid'],
    levels: [{ acr: 'urn:elsewhere:two', level: 'urn:accord:aal:2' }],
    ceiling: 'urn:accord:aal:2',
    vouches_for: ['given_name'],
    claims_from: 'id_token',
    status: 'active',
  },
  signer: {
    signer_id: 'sig_one',
    version: 1,
    office: both,
    organisation: 'org_giver',
    public_key: 'A'.repeat(43),
    from: '2026-01-05',
  },
  change: {
    change_id: 'chg_one',
    version: 1,
    type: 'accord.register-plan.v1',
    issuer: 'https://id.test',
    epoch: 9,
    register: 'a'.repeat(64),
    reason: both,
    planned_at: '2026-01-05T15:00:00.000Z',
    refused: [],
    plan_sha256: 'b'.repeat(64),
    objects: [{ kind: 'agreement', id: 'agr_one', version: 1, sha256: 'c'.repeat(64) }],
    signatures: [],
  },
  setting: { setting_id: 'set_register', version: 1, cooling_days: 3 },
  organisation: {
    org_id: 'org_giver',
    version: 1,
    name: both,
    contact: { name: both, telephone: '+14185550101', hours: both, address: both },
    status: 'active',
  },
  category: {
    category_id: 'cat_income',
    version: 1,
    label: both,
    plain_description: both,
    example: both,
    sensitivity: 'ordinary',
  },
  dataset: {
    dataset_id: 'dst_notice',
    version: 1,
    holder_org_id: 'org_giver',
    label: both,
    source_of_truth: true,
    categories: [{ category_id: 'cat_income' }, { category_id: 'cat_children' }],
    resource_server: 'https://giver.test/api',
  },
  purpose: {
    purpose_id: 'pur_aid',
    version: 1,
    label: both,
    plain_statement: both,
    programme: 'Un programme',
    recipient_org_id: 'org_taker',
    necessity_by_category: { cat_income: 'required', cat_children: 'optional' },
    refusal_consequence: both,
    alternative_path: both,
    retention: { period: both, trigger: both },
    automated_decision: false,
    outside_quebec: false,
    max_duration: 'P12M',
    default_duration: 'P9M',
    frequency_limit: { count: 4, per: 'P1Y' },
    status: 'published',
  },
  agreement: {
    agreement_id: 'agr_one',
    version: 1,
    legal_basis_id: 'consent_53',
    holder_org_id: 'org_giver',
    recipient_org_id: 'org_taker',
    datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income', 'cat_children'] }],
    purposes: ['pur_aid@1'],
    duration: { from: '2026-01-05', until: '2031-01-04' },
    status: 'in_force',
  },
  text: {
    text_id: 'txt_aid',
    version: 1,
    purpose_id: 'pur_aid@1',
    agreement_id: 'agr_one@1',
    approved_on: '2026-01-05',
    short: { what: both, why: both, not_sent: both, if_yes: both, if_no: both },
    blocks: blocksOf(
      'who_asks who_gives what optional_items why how_long how_often if_refuse if_accept withdraw rights_help legal',
    ),
  },
  service: {
    client_id: 'giver',
    version: 1,
    name: both,
    organisation: 'org_giver',
    status: 'active',
    description: both,
    redirect_uris: ['https://giver.test/cb'],
    jwks: {
      keys: [{ kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    },
    resource_server: 'https://giver.test/api',
  },
}

/** What `whole` names besides. */
export const neighbours: readonly RegisterObject[] = [
  another('organisation', { org_id: 'org_taker' }),
  another('category', { category_id: 'cat_children' }),
]

/** Blocks with these roles, each with its own words in both languages. */
export function blocksOf(roles: string): Block[] {
  return roles.split(' ').map((role) => {
    const limits = { how_long: ' {until}', how_often: ' {count} {period}' }[role] ?? ''
    return { role, fr: `Bloc ${role}${limits}`, en: `Block ${role}${limits}` }
  })
}

export function objectOf(kind: Kind, content: Content): RegisterObject {
  const id = String(content[kinds[kind].idField])
  return { kind, id, version: Number(content['version']), content }
}

export const everything: readonly RegisterObject[] = [
  ...neighbours,
  // Object.entries forgets which names there are.
  ...Object.entries(whole)
    .filter(([kind]) => !['setting', 'signer', 'change', 'identity-provider'].includes(kind))
    .map(([kind, content]) => objectOf(kind as Kind, content)),
]

/** A copy of an object of `whole` with members of its own; one of another id has another name too. */
export function another(kind: Kind, change: Content): RegisterObject {
  const { idField } = kinds[kind]
  const { [idField]: id = whole[kind][idField] } = change
  const isOther = id !== whole[kind][idField]
  const field = ['name', 'label'].find((key) => isOther && key in whole[kind])
  const name = { fr: `Essai ${String(id)}`, en: `Trial ${String(id)}` }
  const isByLaw = 'legal_basis_id' in change && !String(change['legal_basis_id']).startsWith('cons')
  const more = { ...(field && { [field]: name }), ...(isByLaw && { law }) }
  return objectOf(kind, { ...whole[kind], ...more, ...change })
}

/** A law that an agreement may name. */
export const law = {
  act: { fr: 'Loi d’essai', en: 'Trial Act' },
  section: '12',
  url: { fr: 'https://lois.test/fr/12', en: 'https://lois.test/en/12' },
}

/** Writes objects into the files of a register, beside what is there. */
export function writeFiles(dir: string, objects: readonly RegisterObject[]): void {
  for (const object of objects) {
    const file = join(dir, fileOf(object))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(object.content)) // YAML holds JSON
  }
}

/** The lines of a text that were broken for a terminal, whole again. */
export function unbroken(lines: readonly string[] = []): string[] {
  return lines.join('\n').replaceAll('\n    … ', '').split('\n')
}

/** Of what a command about the register says, the lines that are not the text of the change. */
export function resultsIn(lines: readonly string[] = []): string[] {
  return lines.filter((line) => /^(applied |nothing to apply|= |wrote )/.test(line))
}

const maxPolls = 1000

/** Until another connection waits for a lock that this test holds. */
export async function untilSomeoneWaits(db: Database): Promise<void> {
  for (let i = 0; i < maxPolls; i++) {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select 1 from pg_locks join pg_stat_activity using (pid)
       where not granted and datname = current_database()`,
    )
    if (rows.length > 0) return
  }
  throw new Error('nobody waits')
}
