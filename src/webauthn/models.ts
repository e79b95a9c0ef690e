// What a FIDO metadata file says of a model of authenticators, and whether that suffices for the device-bound level.
// FIDO Metadata Statement 3.1, FIDO Metadata Service 3.1.1; the file comes from its signer, and is read as text of a stranger nevertheless.

const maxModels = 5000
const maxReports = 200

type Report = {
  readonly status: string
  /** A date, YYYY-MM-DD; undefined: it is in effect as long as it is there. */
  readonly since: string | undefined
}

export type Model = {
  readonly aaguid: string
  /** Its maker's name for it. */
  readonly name: string
  /** PEM: what its attestation certificates chain to. */
  readonly roots: readonly string[]
  /** Its keys are kept by hardware, and it attests them by a certificate that is not the key's own. */
  readonly isHardware: boolean
  readonly isAttested: boolean
  /** It can verify who uses it, by a PIN or a biometric of its own. */
  readonly verifiesUser: boolean
  readonly reports: readonly Report[]
}

/** Why a model does not reach the level; `stands`: it does. */
export type ModelVerdict = 'stands' | 'unsuitable' | 'withdrawn' | 'not-allowed'

type Meaning = 'certified' | 'uncertified' | 'withdrawn' | 'silent'

// A certification by others, or an update that nobody can see in a key, changes nothing of what was said before.
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['NOT_FIDO_CERTIFIED', 'uncertified'],
  ['SELF_ASSERTION_SUBMITTED', 'uncertified'],
  ['FIDO_CERTIFIED', 'certified'],
  ['FIDO_CERTIFIED_L1', 'certified'],
  ['FIDO_CERTIFIED_L1plus', 'certified'],
  ['FIDO_CERTIFIED_L2', 'certified'],
  ['FIDO_CERTIFIED_L2plus', 'certified'],
  ['FIDO_CERTIFIED_L3', 'certified'],
  ['FIDO_CERTIFIED_L3plus', 'certified'],
  ['USER_VERIFICATION_BYPASS', 'withdrawn'],
  ['ATTESTATION_KEY_COMPROMISE', 'withdrawn'],
  ['USER_KEY_REMOTE_COMPROMISE', 'withdrawn'],
  ['USER_KEY_PHYSICAL_COMPROMISE', 'withdrawn'],
  ['REVOKED', 'withdrawn'],
  ['RETIRED', 'withdrawn'],
  ['UPDATE_AVAILABLE', 'silent'],
  ['FIPS140_CERTIFIED_L1', 'silent'],
  ['FIPS140_CERTIFIED_L2', 'silent'],
  ['FIPS140_CERTIFIED_L3', 'silent'],
  ['FIPS140_CERTIFIED_L4', 'silent'],
])

/**
 * Whether keys of this model reach the level on this day (YYYY-MM-DD).
 * @param allowed the models that the operator chose, in the place of a certification; undefined: every certified one
 */
export function judgeModel(
  model: Model,
  allowed: ReadonlySet<string> | undefined,
  today: string,
): ModelVerdict {
  if (!model.isHardware || !model.isAttested || !model.verifiesUser || model.roots.length === 0)
    return 'unsuitable'
  const standing = standingOf(model.reports, today)
  if (standing === 'withdrawn') return 'withdrawn'
  const isChosen = allowed === undefined ? standing === 'certified' : allowed.has(model.aaguid)
  return isChosen ? 'stands' : 'not-allowed'
}

/** What the youngest report says that judges; of several of one day, the worst. A word that we do not know is the worst of all. */
function standingOf(reports: readonly Report[], today: string): Meaning {
  const judging = reports
    .map(({ status, since }) => ({ meaning: meaningOf(status), since: since ?? undated }))
    .filter(({ meaning }) => meaning !== 'silent')
    // What is good counts from its day on; what is bad counts at once.
    .filter(({ meaning, since }) => meaning === 'withdrawn' || since === undated || since <= today)
    .toSorted((a, b) => compare(b.since, a.since) || rank(b.meaning) - rank(a.meaning))
  return judging[0]?.meaning ?? 'uncertified'
}

// After every date: a report without one is in effect now.
const undated = '9999-99-99'

function meaningOf(status: string): Meaning {
  return meanings.get(status) ?? 'withdrawn'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function rank(meaning: Meaning): number {
  return ['silent', 'certified', 'uncertified', 'withdrawn'].indexOf(meaning)
}

/** The payload of a metadata file whose signature was checked. */
export type Metadata = {
  /** Grows with each file. */
  readonly no: number
  /** The last day on which it may be relied on, YYYY-MM-DD. */
  readonly nextUpdate: string
  readonly models: ReadonlyMap<string, Model>
}

/** @returns undefined: the payload lacks what is needed to rely on it */
export function readMetadata(payload: unknown): Metadata | undefined {
  const { no, nextUpdate, entries } = record(payload)
  if (typeof no !== 'number' || !Number.isInteger(no) || no < 0 || no > 2 ** 31 - 1)
    return undefined
  if (!isDate(nextUpdate) || !Array.isArray(entries) || entries.length > maxModels) return undefined
  const models = new Map<string, Model>()
  for (const entry of entries) {
    const model = readModel(entry)
    if (model === undefined) continue
    // Of two entries nobody could say which one counts.
    if (models.has(model.aaguid)) return undefined
    models.set(model.aaguid, model)
  }
  return { no, nextUpdate, models }
}

const aaguidForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

// Entries of other kinds (UAF, U2F) have no AAGUID, and their authenticators verify nobody.
function readModel(entry: unknown): Model | undefined {
  const { aaguid, metadataStatement, statusReports } = record(entry)
  const statement = record(metadataStatement)
  if (typeof aaguid !== 'string' || !aaguidForm.test(aaguid) || statement['aaguid'] !== aaguid)
    return undefined
  const reports = list(statusReports).map(record)
  const protection = strings(statement['keyProtection'])
  const types = strings(statement['attestationTypes'])
  return {
    aaguid,
    name: nameOf(statement['description']),
    roots: strings(statement['attestationRootCertificates']).map(pemOf),
    isHardware: protection.includes('hardware') && !protection.includes('software'),
    isAttested: types.includes('basic_full') || types.includes('attca'),
    verifiesUser: list(statement['userVerificationDetails']).some(verifies),
    reports: (reports.length > maxReports ? [{ status: 'too many' }] : reports).map(reportOf),
  }
}

function reportOf({ status, effectiveDate }: Readonly<Record<string, unknown>>): Report {
  if (typeof status !== 'string') return { status: '', since: undefined }
  return { status, since: isDate(effectiveDate) ? effectiveDate : undefined }
}

// The methods of one combination are used together.
function verifies(combination: unknown): boolean {
  return list(combination).some((one) => {
    const method = record(one)['userVerificationMethod']
    return typeof method === 'string' && !['none', 'presence_internal'].includes(method)
  })
}

function nameOf(description: unknown): string {
  const name = typeof description === 'string' ? description.replaceAll(/\p{C}/gu, '').trim() : ''
  return name.slice(0, 100)
}

/** Base64 of DER, as metadata and CMS write certificates. */
export function pemOf(base64: string): string {
  const lines = base64.replaceAll(/\s/g, '').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isRecord ? (value as Readonly<Record<string, unknown>>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function strings(value: unknown): readonly string[] {
  return list(value).filter((one) => typeof one === 'string')
}
