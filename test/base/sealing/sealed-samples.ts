// Rows of each kind that bears a seal, as they were when the seals of `earlier-seals.json` were made: whatever the code says now of a
// table, it says nothing here. So this file imports nothing of `src`, and a column that comes later does not change it.

type Kind = 'uuid' | 'int' | 'big' | 'time' | 'text' | 'texts' | 'uuids' | 'bytes' | 'flag' | 'json'
export type Sample = Readonly<Record<string, unknown>>

export const samplesOfEach = 300

/** What the seal of each kind covered, by its name and version; `?`: it may be null. */
const covered = {
  'operator deed 1': 'deed_no int, sha256 bytes',
  'last operator deed 1': 'deed_no int, sha256 bytes',
  'first seals 1': 'table_name text, rows int, operator text, reason text, at time',
  'head 1': 'person_id uuid, next_seq int, head_commitment bytes?, updated_at time?, live bytes',
  'log restore 1':
    'restore_id uuid, origin text, year int, shard int, found_at time, held big, taken big, root bytes?, known_to text, words json, went_on_at time?',
  'register version 1': 'no int, sha256 bytes, applied_at time',
  'register 1': 'epoch big, versions int, seals bytes',
  'standing 1':
    'person_id uuid, status text, opened_at time, closed_at time?, erase_at time?, suspended_at time?, session_epoch int, sessions_from int, session_kept text?',
  'known device 1': 'person_id uuid, device_sha256 bytes, first_seen_at time',
  'ways in 1': 'person_id uuid, ways texts',
  'contact 1':
    'contact_id uuid, person_id uuid, channel text, sealed bytes, digest bytes, created_at time, message_id uuid, confirm_by time, confirmed_at time?, removed_at time?',
  'recovery hold 1': 'person_id uuid, since time, until time, added uuids',
  'vouched values 1':
    'factor_id uuid, person_id uuid, issuer text, level text, sealed bytes, vouched_at time',
  'passkey 1':
    'passkey_id uuid, person_id uuid, credential_id bytes, public_key bytes, backup_eligible flag, kind text, created_at time, suspended_at time?',
  'webauthn user 1': 'person_id uuid, user_handle bytes',
  'webauthn challenge 1':
    'challenge bytes, ceremony text, errand text, person_id uuid?, user_handle bytes?, expires_at time',
  'key attestation 1':
    'passkey_id uuid, person_id uuid, aaguid uuid, format text, certificates texts, metadata_no int, attested_at time',
  'fido metadata 1': 'no int, next_update text, seen_at time',
  'password 1':
    'person_id uuid, factor_id uuid, sealed bytes, wrapped_key bytes, kek_id bytes, sealed_year int, proof bytes, address_mark bytes, created_at time, suspended_at time?, address_proved_at time',
  'totp 1':
    'person_id uuid, factor_id uuid, sealed bytes, wrapped_key bytes, kek_id bytes, sealed_year int, last_step big, created_at time, suspended_at time?',
  'recovery code 2':
    'code_index text, person_id uuid, proof bytes?, created_at time, expires_at time?',
  'factor set aside 1': 'factor_id uuid, person_id uuid, kind text, stands_until time',
  'totp enrolment 1':
    'errand_sha256 bytes, person_id uuid, factor_id uuid, sealed bytes, wrapped_key bytes, kek_id bytes, sealed_year int, expires_at time',
  'password proposal 1':
    'errand_sha256 bytes, person_id uuid, factor_id uuid, sealed bytes, wrapped_key bytes, kek_id bytes, sealed_year int, proof bytes, address_mark bytes, message_id uuid, code_by time, proved_at time?, expires_at time',
  'sign-in attempt 1':
    'visit_id_sha256 bytes, person_id uuid, proof text, proved_at time, expires_at time, factor_ids uuids, session_epoch int, code_index text?',
  'sign-in password 1':
    'visit_id_sha256 bytes, person_id uuid?, address_mark bytes, tries_key text, expires_at time, factor_id uuid?, session_epoch int?',
  'upstream identity 1':
    'factor_id uuid, person_id uuid, issuer text, identity_sha256 bytes, created_at time',
  'upstream errand 1':
    'state_sha256 bytes, errand_sha256 bytes, provider_id text, nonce text, verifier text, max_age int, begun_at time, expires_at time',
  'upstream arrival 2':
    'errand_sha256 bytes, provider_id text, issuer text, identity_sha256 bytes, level text, vouched bytes?, proved_at time, expires_at time',
  'upstream session 1':
    'errand_sha256 bytes, provider_id text, identity_sha256 bytes, session_sha256 bytes?, expires_at time',
  'service secret 1':
    'service_id text, newest_sha256 bytes, newest_at time, older_sha256 bytes?, older_at time?',
  'artifact 1':
    'id bytes, model text, payload json, grant_id text?, connection_id uuid?, client_id text?, account_id uuid?, session_uid text?, parent_id bytes?, version int, consumed_at time?, expires_at time',
  'session 1':
    'id bytes, uid text, account_id uuid?, payload json, device text, network text?, signed_in_at time?, expires_at time, factor_ids uuids, session_epoch int?',
  'session authorization 1': 'session_uid text, client_id text, content json',
  'connection 1':
    'connection_id uuid, person_id uuid, service_id text, scopes texts, claims texts, first_used_at time, ended_at time?',
  'sign-in request 1':
    'request_id uuid, artifact_id bytes, person_id uuid, org_id text, service_id text, words json, level text?, requested_at time, expires_at time, approval json?',
  'claim answer 1':
    'person_id uuid, service_id text, claim text, is_given flag, purpose_sha256 bytes, answered_at time',
  'matching stop 1':
    'org_id text, stopped_at time, no_matches int, lifted_at time?, lifted_by json?',
  'signal stream 1':
    'stream_id uuid, org_id text, party int, method text, endpoint text?, requested texts, kinds texts, status text, created_at time',
  'counted month 1':
    'month text, counted_at time, cells int, sha256 bytes, minutes int?, served int?',
  'consent 1':
    'person_id uuid, consent_id uuid, arrangement_id uuid, holder int, recipient int, dataset int, purpose int, agreement int, categories big, state text, state_seq int, state_at time, suspended_reasons texts, confirmed_at time?, valid_from time, valid_until time, max_uses int?, frequency_count int?, frequency_per text?, lookback_from text?, lookback_to text?, uses int, window_started_at time?, window_uses int, last_use_at time?, uses_returned int, window_returned int',
} as const

export type SealedKind = keyof typeof covered
export const sealedKinds = Object.keys(covered) as readonly SealedKind[] // its own keys

type Column = { readonly name: string; readonly kind: Kind; readonly mayBeNull: boolean }

export function columnsOf(kind: SealedKind): readonly Column[] {
  return covered[kind].split(', ').map((text) => {
    const [name = '', type = ''] = text.split(' ')
    return { name, kind: type.replace('?', '') as Kind, mayBeNull: type.endsWith('?') } // as the list has it
  })
}

/** The rows of a kind, each time the same ones: by the names of SQL, values as the driver gives them. */
export function samplesOf(kind: SealedKind): readonly Sample[] {
  const draw = drawing(kind)
  const columns = columnsOf(kind)
  return Array.from({ length: samplesOfEach }, () =>
    Object.fromEntries(
      columns.map(({ name, kind: type, mayBeNull }) => [
        name,
        mayBeNull && draw(3) === 0 ? null : valueOf(type, draw),
      ]),
    ),
  )
}

/** Another value of a column: null where it may be, or one that differs in the least. */
export function changed(value: unknown, { kind, mayBeNull }: Column, n: number): unknown {
  if (value === null) return valueOf(kind, drawing(`changed ${n}`))
  if (mayBeNull && n % 2 === 0) return null
  return others[kind](value as never) // of its kind
}

type Draw = (below: number) => number

// mulberry32: few lines that never change, and no library that does.
function drawing(word: string): Draw {
  let state = Buffer.from(word).reduce((sum, byte) => (sum * 31 + byte) | 0, 7)
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const odd = [
  '',
  ' ',
  '\n',
  'é',
  'e\u0301',
  '👩‍💻',
  '"\\',
  '0',
  'null',
  'active',
  'https://id.example.test/a?b=c',
]

const values: { readonly [K in Kind]: (draw: Draw) => unknown } = {
  uuid: (draw) => uuidOf(bytesOf(draw, 16)),
  int: (draw) => [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), draw(1000), draw(2 ** 31)][draw(7)],
  big: (draw) => [0n, 1n, (1n << 50n) - 1n, BigInt(draw(2 ** 31)), 1n << BigInt(draw(50))][draw(5)],
  time: (draw) =>
    new Date([0, -1, 1, 4_102_444_800_000][draw(8)] ?? 1_700_000_000_000 + draw(2 ** 31) * 37),
  text: (draw) => odd[draw(2 * odd.length)] ?? bytesOf(draw, 1 + draw(20)).toString('base64'),
  texts: (draw) => Array.from({ length: draw(4) }, () => values.text(draw)),
  uuids: (draw) => Array.from({ length: draw(4) }, () => values.uuid(draw)),
  bytes: (draw) => bytesOf(draw, [0, 1, 20, 32, 32, 100][draw(6)] ?? 0),
  flag: (draw) => draw(2) === 0,
  json: (draw) => ({
    b: draw(100),
    a: values.text(draw),
    é: [draw(5) / 4, null, { deep: values.texts(draw) }],
    ...(draw(3) === 0 ? {} : { more: 'x'.repeat(draw(300)) }),
  }),
}

const others: { readonly [K in Kind]: (value: never) => unknown } = {
  uuid: (value: string) => (value.startsWith('0') ? `1${value.slice(1)}` : `0${value.slice(1)}`),
  int: (value: number) => (value === 0 ? 1 : value - Math.sign(value)),
  big: (value: bigint) => value + 1n,
  time: (value: Date) => new Date(value.getTime() + 1),
  text: (value: string) => `${value} `,
  texts: (value: readonly string[]) => [...value, ''],
  uuids: (value: readonly string[]) => (value.length === 0 ? [uuidOf(Buffer.alloc(16))] : []),
  bytes: (value: Buffer) => Buffer.concat([value, Buffer.alloc(1)]),
  flag: (value: boolean) => !value,
  json: (value: object) => ({ ...value, b: -1 }),
}

function valueOf(kind: Kind, draw: Draw): unknown {
  return values[kind](draw)
}

function bytesOf(draw: Draw, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => draw(256)))
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
