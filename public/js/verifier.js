// Checks a receipt, or a certificate of an erasure, and its proof, with WebCrypto alone: in a browser without a network, and in Node for who has no script.
// Shares nothing with the code that made them. Each step is a code; the page has the words.

const maxLength = 64 * 1024
// Sixteen signatures of 5 kB, in base64, and some more; with the longest path before it.
const maxNoteBytes = 128 * 1024
const maxProofBytes = 4 * 1024 + maxNoteBytes
const maxSignatures = 100
// In seconds: after it there is no date.
const maxTime = 8_640_000_000_000n
const encoder = new TextEncoder()
const [receiptType, certificateType] = ['consent-receipt+jwt', 'erasure-certificate+jwt']

/**
 * trust: { keys: JWKs as /keys publishes them, policy: a tlog-policy }.
 * Answers the steps in order, up to the first that does not hold: { step, holds, values }.
 */
export async function check(receipt, proof, trust) {
  const steps = []
  const tell = (step, holds, values = {}) => {
    steps.push({ step, holds, values })
    return holds
  }
  const claims = await signedClaims(receipt, trust.keys)
  const event = eventOf(claims)
  const said = { what: text(event.event_type), at: text(event.event_time), by: text(claims?.iss) }
  if (!tell('signature', claims !== undefined, claims === undefined ? {} : said)) return steps
  const ledger = claims.ledger ?? {}
  const entry = await entryOf(ledger)
  if (!tell('entry', entry !== undefined, { entry: text(ledger.entry) })) return steps
  const written = parsed(ledger.payload) ?? {}
  const same =
    written.kind === event.event_kind &&
    written.event_id === event.event_id &&
    written.recorded_at === event.event_time &&
    written.consent_id === claims.record_id &&
    ['rule', 'before', 'years', 'entries'].every((name) => sameIn(name, written, claims)) &&
    (claims.certificate_id !== undefined || saysAsTold(claims, event, written))
  if (!tell('event', same, { number: text(written.person_seq) })) return steps
  if (claims.certificate_id !== undefined && !tellOfFiles(tell, claims)) return steps
  if (claims.certificate_id === undefined && !isAnswer(written)) tell('untold', true)
  if (!(await tellOfSignature(tell, written, claims))) return steps
  if (proof.trim() === '') return steps
  // The file of a signed answer has, after its own proof, those of the question, of its key, and of the keys that endorsed it.
  const [own, ...others] = proof.split(/(?=^c2sp\.org\/tlog-proof@v1$)/m)
  const read = readProof(own)
  if (
    !tell('proof', read?.origin === ledger.origin && read !== undefined, {
      log: text(ledger.origin),
    })
  )
    return steps
  const leads = await leadsToRoot(read, entry)
  if (!tell('path', leads, { index: read.index, size: read.size })) return steps
  const policy = await readPolicy(trust.policy)
  const opened = await openByPolicy(read, policy)
  if (opened?.isByLog === false) tellOfAbsent(tell, opened)
  if (!tell('log', opened?.isByLog === true, { log: read.origin })) return steps
  // The receipt and the answer are signed by Ed25519 and ES256: after the day of the policy they count below an older tree alone.
  if (!opened.holdsClassical && !tell('lasting', false, { day: policy.lastDay })) return steps
  if (tellOfWitnesses(tell, policy, opened))
    await tellOfKeyProofs(tell, claims, others, read, policy)
  return steps
}

/** SHA-256 of a text, in hexadecimal. */
export async function fingerprintOf(words) {
  return hex(await sha256(encoder.encode(words)))
}

/** Whom a check trusts: keys of receipts, logs and witnesses, each with the SHA-256 of its public half, to compare. */
export async function printsOf({ keys, policy }) {
  const { logs, witnesses } = await readPolicy(policy)
  const receipts = keys
    .filter(({ purpose }) => purpose === 'receipt')
    .map(({ kid, x }) => ({ kind: 'receipt', name: text(kid), raw: base64url(x) }))
  const others = async (kind, vkeys) =>
    (await Promise.all(vkeys.map(keyFrom)))
      .filter((key) => key !== undefined)
      .map(({ name, raw }) => ({ kind, name, raw }))
  const all = [
    ...receipts.filter(({ raw }) => raw !== undefined),
    ...(await others('log', logs)),
    ...(await others('witness', witnesses)),
  ]
  return Promise.all(
    all.map(async ({ kind, name, raw }) => ({
      kind,
      name,
      print: hex(await sha256(raw))
        .match(/.{4}/g)
        .join(' '),
    })),
  )
}

/** What all steps together come to: a code, as the steps are. */
export function headingOf(steps) {
  const failed = steps.filter(({ holds }) => !holds)
  const has = (...names) => steps.some(({ step }) => names.includes(step))
  if (failed.length > 0) return failed.every(({ step }) => step === 'unsure') ? 'not-sure' : 'not'
  if (!has('witnesses', 'unwitnessed', 'unasked')) return 'receipt-only'
  return has('unchecked', 'key-unproved', 'key-younger') ? 'all-but' : 'all'
}

const remarks = [
  'uncompared',
  'untold',
  'unchecked',
  'unsigned',
  'origin-untold',
  'origin-erased',
  'question-untold',
  'key-unproved',
  'key-younger',
]

/** Neither good nor bad: it is said, and does not count. */
export function isRemark({ step }) {
  return remarks.includes(step)
}

// Nothing is certified before no file of the database has what was erased; its log of writes has it a while, and backups.
function tellOfFiles(
  tell,
  { erased_at, files_rewritten_at, write_ahead_log_until, backups_until },
) {
  const [erased, at, until] = [erased_at, files_rewritten_at, backups_until].map(Date.parse)
  const place = text(write_ahead_log_until)
  const isSaid = erased <= at && at <= until && /^[\dA-F]{1,8}\/[\dA-F]{1,8}$/.test(place)
  return tell('files', isSaid, { at: text(files_rewritten_at), place, until: text(backups_until) })
}

// Her key's signature of her answer, and how that key became hers. Answers from before there were signatures say nothing of them.
async function tellOfSignature(tell, written, claims) {
  const { signed } = written
  if (!isAnswer(written) || signed === undefined) return true
  if (signed === null) {
    tell('unsigned', true, { after: (written.collected_by?.amr ?? []).map(text).join(', ') })
    const isWithin = await tellOfPage(tell, written, claims)
    return isWithin && tellOfLifting(tell, written, claims)
  }
  const page = await eventIn(claims.presented)
  const isHers = await signsAnswer(written, page, claims.iss).catch(() => false)
  const lines = isHers ? signedText(written, page, claims.iss) : ''
  if (!tell('answer', isHers, { site: text(claims.iss), text: lines })) return false
  if (!(await tellOfPage(tell, written, claims))) return false
  if (!(await tellOfKey(tell, signed.jwk, written, claims))) return false
  if (claims.presented === undefined) return tell('question-untold', true)
  const since = text((await eventIn(claims.signing_key))?.recorded_at)
  const at = text((await eventIn(claims.presented)).recorded_at)
  return tell(at < since ? 'key-younger' : 'question', true, { at })
}

// An answer may say less than its page, and never more, by the event of its showing.
async function tellOfPage(tell, written, claims) {
  if (claims.presented === undefined) return true
  const page = await eventIn(claims.presented)
  const isBefore = page?.kind === 'consent.presented' && page.recorded_at < written.recorded_at
  return tell('page', isBefore && isWithinPage(written, page))
}

// What an answer cannot choose is as on its page.
const fixed = [
  'consent_id',
  'request_id',
  'presentation_id',
  'holder',
  'recipient',
  'agreement',
  'purpose',
  'dataset',
  'rendered_sha256',
]
const limits = { max_uses: [], frequency_limit: ['count', 'per'], lookback: ['from', 'to'] }

export function isWithinPage(answer, page) {
  const isSame = (name) => typeof page[name] === 'string' && answer[name] === page[name]
  const isLimit = ([name, parts]) =>
    answer[name] === page[name] ||
    (parts.length > 0 &&
      [answer, page].every((one) => Object.keys(one[name] ?? {}).length === parts.length) &&
      parts.every((part) => answer[name][part] === page[name][part]))
  if (!fixed.every(isSame) || !Object.entries(limits).every(isLimit)) return false
  if (answer.kind !== 'consent.granted') return true
  const { categories_granted: granted, valid_until: until, valid_until_local: day } = answer
  const { categories_required: required, categories_optional: optional } = page
  const asked = [...required, ...optional]
  return (
    granted.every((category) => asked.includes(category)) &&
    required.every((category) => granted.includes(category)) &&
    text(until) <= text(page.valid_until) &&
    text(day) <= text(page.valid_until_local)
  )
}

// How the key became hers that signed an event.
async function tellOfKey(tell, jwk, later, claims) {
  const { signing_key: told, endorsing_keys: endorsers = [] } = claims
  if (told === undefined)
    return tell(claims.signing_key_erased === true ? 'origin-erased' : 'origin-untold', true)
  const makings = await Promise.all([told, ...endorsers].map(eventIn))
  const isMaking = await areMakings(makings, { jwk, later }, claims).catch(() => false)
  // An event of before it named its person.
  if (isMaking && makings.some(({ pii_principal_id: whose }) => whose === undefined))
    return tell('origin-untold', true)
  const how = isMaking ? comingOf(makings) : '?'
  return tell('key', isMaking, { how, since: text(makings[0]?.recorded_at) })
}

// That she had lifted that a yes of hers needs her key.
async function tellOfLifting(tell, written, claims) {
  const { iss, pii_principal_id: person, signature_lifted } = claims
  if (signature_lifted === undefined) return true
  const lifting = await eventIn(signature_lifted)
  const isHers =
    lifting?.kind === 'signature.lifted' &&
    lifting.pii_principal_id === person &&
    lifting.recorded_at < written.recorded_at &&
    // The broker lifts by her key or after a recovery, and by nothing else.
    ((lifting.signed ?? null) !== null || typeof lifting.recovered === 'string')
  const signed = lifting?.signed ?? null
  const challenge = await sha256(encoder.encode(`accord.lift.v1\n${iss}\n${lifting?.lifts}\n`))
  const isSigned = signed === null || (await isAssertion(signed, challenge, iss).catch(() => false))
  const by = signed === null ? 'recovery' : 'key'
  if (!tell('lifted', isHers && isSigned, { at: text(lifting?.recorded_at), by })) return false
  return signed === null || tellOfKey(tell, signed.jwk, lifting, claims)
}

// The event of a part of a receipt, where salt and text make its entry.
async function eventIn(told) {
  return (await entryOf(told ?? {})) === undefined ? undefined : parsed(told.payload)
}

const maxEndorsers = 8

// Whether these events made her key, the key that endorsed it, the one that endorsed that, each of this person and older than the next.
async function areMakings(makings, { jwk, later }, { iss, pii_principal_id: person }) {
  if (makings.includes(undefined) || makings.length > 1 + maxEndorsers) return false
  if (!makesKey(makings[0], jwk, later)) return false
  for (const [n, making] of makings.entries()) {
    const { pii_principal_id: whose = person, endorsed_by: by = null } = making
    const older = makings[n + 1]
    if (whose !== person || (by === null && older !== undefined)) return false
    if (by === null) continue
    const challenge = await sha256(
      encoder.encode(`accord.key.v1\n${iss}\n${await thumbprintOf(making.factors[0].jwk)}\n`),
    )
    if (!(await isAssertion(by, challenge, iss))) return false
    if (older !== undefined && !makesKey(older, by.jwk, making)) return false
  }
  return true
}

function makesKey(making, jwk, later) {
  const names = ['kty', 'crv', 'x', 'y', 'n', 'e']
  const isSame = (factor) =>
    factor?.factor === 'passkey' && names.every((name) => factor.jwk?.[name] === jwk[name])
  return (
    ['access.opened', 'access.factor-added', 'access.recovered'].includes(making.kind) &&
    // An access is opened by the first event of its chain.
    (making.kind !== 'access.opened' || making.person_seq === 1) &&
    making.recorded_at < later.recorded_at &&
    making.factors?.some(isSame) === true
  )
}

function comingOf([making, ...older]) {
  const isRecovered = (one) => one.kind === 'access.recovered' || one.by_recovered === true
  if ((making.endorsed_by ?? null) === null)
    return making.by_recovered === true ? 'by_recovered' : text(making.kind)
  const oldest = older.at(-1) ?? making
  if (oldest.kind === 'access.opened') return 'traced'
  return isRecovered(oldest) ? 'endorsed-recovered' : 'endorsed'
}

// RFC 7638: the members that every key of its kind has, in the order of their names.
async function thumbprintOf({ crv, e, kty, n, x, y }) {
  const digest = await sha256(encoder.encode(JSON.stringify({ crv, e, kty, n, x, y })))
  const letters = btoa(String.fromCharCode(...digest))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

// Whether the log holds what tells of the key, in trees that are signed and watched like that of the answer, each before the next.
async function tellOfKeyProofs(tell, claims, files, answer, policy) {
  const { signing_key: key, endorsing_keys: endorsers = [], presented } = claims
  if (key === undefined) return true
  const told = [...(presented === undefined ? [] : [presented]), key, ...endorsers]
  const places = await Promise.all(files.map((file, n) => placeIn(told[n] ?? {}, file, policy)))
  const question = presented === undefined ? undefined : places.shift()
  const isInOrder =
    !places.includes(undefined) &&
    (files.length === 0 || presented === undefined || isBefore(question, answer)) &&
    places.every((place, n) => isBefore(place, places[n - 1] ?? answer))
  if (isInOrder && places.length < 1 + endorsers.length) return tell('key-unproved', true)
  // Her events stand in the log in their order.
  const [isOlder, wasOlder] = [isBefore(places[0], question), await isOlderBySaid(key, presented)]
  const isSo = question === undefined || isOlder === wasOlder
  return tell('key-proof', isInOrder && isSo, { index: places[0]?.index ?? '?' })
}

async function isOlderBySaid(key, presented) {
  const [making, shown] = await Promise.all([key, presented].map(eventIn))
  return making?.recorded_at < shown?.recorded_at
}

function isBefore(one, other) {
  if (one === undefined || other === undefined) return false
  return one.origin === other.origin ? one.index < other.index : one.origin < other.origin
}

async function placeIn(told, file, policy) {
  const [read, entry] = [readProof(file), await entryOf(told)]
  if (read === undefined || entry === undefined || read.origin !== told.origin) return undefined
  if (!(await leadsToRoot(read, entry))) return undefined
  const opened = await openByPolicy(read, policy)
  return opened?.isByLog === true &&
    opened.holdsClassical &&
    policy.isMet(opened.signatures.map(({ vkey }) => vkey))
    ? read
    : undefined
}

/**
 * A checkpoint with the signatures that count now: after the day of a policy, those of Ed25519 only below a tree that the log itself signed by
 * ML-DSA-44 before (docs/design/proof.md#evidence-that-lasts).
 */
export async function openByPolicy({ note, origin }, { logs, witnesses, until }, now = Date.now()) {
  const opened = await openNote(note, [...logs, ...witnesses])
  if (opened === undefined) return undefined
  const isOfLog = ({ vkey, name }) => isIn(logs, vkey) && name === origin
  const isOver = until !== undefined && now >= until
  const holdsClassical =
    !isOver ||
    opened.signatures.some(
      (one) => one.algorithm === 'ML-DSA-44' && isOfLog(one) && one.time * 1000 < until,
    )
  const signatures = holdsClassical
    ? opened.signatures
    : opened.signatures.filter(({ algorithm }) => algorithm === 'ML-DSA-44')
  return { ...opened, signatures, holdsClassical, isByLog: signatures.some(isOfLog) }
}

export async function signsAnswer(written, page, issuer) {
  const { others, text: version } = written.signed
  const made = signedText(written, page, issuer)
  if (version !== undefined && (linesIn(made) === undefined || isBeyond(written, page)))
    return false
  const own = hex(await sha256(encoder.encode(made)))
  const all = [own, ...others].toSorted().join('\n')
  const challenge = await sha256(encoder.encode(`accord.answers.v1\n${all}\n`))
  return isAssertion(written.signed, challenge, issuer)
}

// WebAuthn Level 3, 7.2: what can be checked without the one who asked.
export async function isAssertion(signed, challenge, issuer) {
  const { jwk, authenticator_data, client_data_json, signature } = signed
  const [data, client] = [base64url(authenticator_data), base64url(client_data_json)]
  const said = parsed(utf8(client)) ?? {}
  const site = await sha256(encoder.encode(new URL(issuer).hostname))
  const isOfSite =
    said.type === 'webauthn.get' &&
    said.origin === issuer &&
    said.crossOrigin !== true &&
    said.topOrigin === undefined &&
    equal(site, data.slice(0, 32))
  // Present and verified.
  const isVerified = data.length >= 37 && (data[32] & 5) === 5
  if (!isOfSite || !isVerified || !equal(challenge, base64url(said.challenge))) return false
  return signedBy(jwk, base64url(signature), join([data, await sha256(client)]))
}

/** The text that the key of an answer signed, by the events of the answer and of its page; '' for a version that is not known here. */
export function signedText(written, page, issuer) {
  const { text: version, checkpoint } = written.signed
  const lines = version === undefined ? firstLines : version === 2 ? nineteenLines : () => []
  return lines(written, page ?? {}, { issuer, checkpoint })
    .map((line) => `${line}\n`)
    .join('')
}

function firstLines(written, _page, { issuer, checkpoint }) {
  return [
    'accord.answer.v1',
    issuer,
    written.presentation_id,
    written.rendered_sha256,
    choiceOf(written),
    written.categories_granted.toSorted().join(' '),
    written.categories_express.toSorted().join(' '),
    written.valid_until_local,
    checkpoint,
  ]
}

function nineteenLines(written, page, { issuer, checkpoint }) {
  const { bodies = [], category_versions: versions = [] } = page
  const inVersion = (id, refs) => refs.find((ref) => ref.startsWith(`${id}@`)) ?? '?'
  const listed = (ids) => {
    const refs = ids.map((id) => inVersion(id, versions))
    return refs.length === 0 ? '-' : refs.toSorted().join(' ')
  }
  const { max_uses: uses, frequency_limit: often, lookback: days } = written
  return [
    'accord.answer.v2',
    issuer,
    written.presentation_id,
    written.rendered_sha256,
    choiceOf(written),
    'for -',
    `holder ${inVersion(written.holder, bodies)}`,
    `recipient ${inVersion(written.recipient, bodies)}`,
    `agreement ${written.agreement}`,
    `purpose ${written.purpose}`,
    `text ${page.text}`,
    `dataset ${written.dataset}`,
    `categories ${listed(written.categories_granted)}`,
    `express ${listed(written.categories_express)}`,
    `limit uses ${uses ?? '-'} frequency ${often === null ? '-' : `${often.count}/${often.per}`}`,
    `about ${days === null ? '-' : `${days.from}/${days.to}`}`,
    `until ${written.valid_until_local}`,
    `replaces ${page.narrows ?? page.changes ?? '-'}`,
    `log ${checkpoint || '-'}`,
  ]
}

function choiceOf({ kind }) {
  return kind === 'consent.granted' ? 'granted' : 'refused'
}

const [refForm, dayForm] = ['[a-z0-9-]{1,60}@[1-9]\\d{0,5}', '\\d{4}-\\d\\d-\\d\\d']
const ulidForm = '[0-7][0-9A-HJKMNP-TV-Z]{25}'
const categoryList = `-|cat_${refForm}(?: cat_${refForm})*`
// What each of the nineteen lines may say: a text that says anything else is of a version that is not known here.
const nineteen = [
  ['version', 'accord\\.answer\\.v2'],
  ['site', 'https?://[^\\s/]+'],
  ['presentation', `pre_${ulidForm}`],
  ['page', '[0-9a-f]{64}'],
  ['choice', 'granted|refused'],
  ['for', '-', 'for '],
  ['holder', `org_${refForm}`, 'holder '],
  ['recipient', `org_${refForm}`, 'recipient '],
  ['agreement', `agr_${refForm}`, 'agreement '],
  ['purpose', `pur_${refForm}`, 'purpose '],
  ['text', `txt_${refForm}`, 'text '],
  ['dataset', `dst_${refForm}`, 'dataset '],
  ['categories', categoryList, 'categories '],
  ['express', categoryList, 'express '],
  [
    'limit',
    'uses (?:-|[1-9]\\d*) frequency (?:-|[1-9]\\d*/P(?=\\d)(?:\\d+Y)?(?:\\d+M)?(?:\\d+W)?(?:\\d+D)?)',
    'limit ',
  ],
  ['about', `-|${dayForm}/${dayForm}`, 'about '],
  ['until', dayForm, 'until '],
  ['replaces', `-|con_${ulidForm}`, 'replaces '],
  ['log', '-|\\S+ (?:0|[1-9]\\d*) [A-Za-z0-9+/]{43}=', 'log '],
]

/** What a text of nineteen lines says, line by line; undefined for any other text. */
export function linesIn(signed) {
  const lines = signed.split('\n')
  if (lines.length !== nineteen.length + 1 || lines.pop() !== '') return undefined
  const said = nineteen.map(([name, form, label = ''], n) => {
    const [, value] = new RegExp(`^${label}(${form})$`).exec(lines[n]) ?? []
    return [name, value]
  })
  return said.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(said)
}

// What the lines bound, and an event says in members of its own: what a yes replaces, and the instant at which its last day ends, in Québec.
function isBeyond(written, page) {
  if (written.kind !== 'consent.granted') return false
  const replaced = page.narrows ?? page.changes
  const end = new Date(Date.parse(written.valid_until_local) + 29 * 3600 * 1000).toISOString()
  return (
    (replaced !== undefined && written.supersedes !== replaced) || !(written.valid_until <= end)
  )
}

const signing = {
  EC: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  OKP: { name: 'Ed25519' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
}

async function signedBy(jwk, signature, message) {
  const algorithm = signing[jwk.kty]
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const bytes = jwk.kty === 'EC' ? halvesOf(signature) : signature
  return crypto.subtle.verify(algorithm, key, bytes, message)
}

// ECDSA of WebAuthn is DER (RFC 3279 2.2.3), of WebCrypto r and s, 32 bytes each.
function halvesOf(der) {
  const both = new Uint8Array(64)
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1]
    const number = der.slice(at + 2, at + 2 + length)
    const half = number.slice(Math.max(0, number.length - 32))
    both.set(half, end - half.length)
    at += 2 + length
  }
  return both
}

function tellOfWitnesses(tell, policy, { signatures, unchecked }) {
  const witnesses = signatures.filter(({ vkey }) => isIn(policy.witnesses, vkey))
  const values = {
    names: witnesses
      .map((one) => `${one.name} (${new Date(one.time * 1000).toISOString()})`)
      .join(', '),
    count: witnesses.length,
  }
  tellOfAbsent(tell, { unchecked })
  const seen = witnesses.map(({ vkey }) => vkey)
  const isEnough = policy.isMet(seen)
  if (isEnough && witnesses.length > 0) return tell('witnesses', true, values)
  // Nobody was asked to watch: that is no comfort, and said as it is.
  if (isEnough) return tell(unchecked.length > 0 ? 'unasked' : 'unwitnessed', true, values)
  const couldBe = policy.isMet([...seen, ...unchecked.map(({ vkey }) => vkey)])
  return tell(couldBe ? 'unsure' : 'witnesses', false, values)
}

// A line that nobody can check here is not there: it is never counted, and that is said.
function tellOfAbsent(tell, { unchecked }) {
  if (unchecked.length > 0)
    tell('unchecked', true, { names: unchecked.map(({ name }) => name).join(', ') })
}

function isIn(keys, vkey) {
  return keys.includes(vkey)
}

// A certificate says what happened in members of its own; a receipt has a list, as its standard wants.
function eventOf(claims) {
  if (claims?.certificate_id === undefined) return claims?.event?.[0] ?? {}
  const { event_id, event_kind, erased_at: event_time } = claims
  return { event_type: 'erased', event_kind, event_id, event_time }
}

// A receipt has none of these, and neither has its event.
function sameIn(name, written, claims) {
  return JSON.stringify(written[name]) === JSON.stringify(claims[name])
}

const states = {
  'consent.granted': ['given', 'active'],
  'consent.refused': ['refused', 'refused'],
  'consent.revoked': ['withdrawn', 'revoked'],
  'consent.suspended': ['paused', 'suspended'],
  'consent.resumed': ['resumed', 'active'],
  'consent.confirmed': ['confirmed', 'active'],
  'consent.expired': ['expired', 'expired'],
  'consent.superseded': ['superseded', 'superseded'],
  'consent.voided': ['voided', 'void'],
}

// The event of an answer alone names the bodies and the categories.
function isAnswer({ kind }) {
  return ['consent.granted', 'consent.refused'].includes(kind)
}

// The log has the event alone: whoever has the key of receipts could sign a true event beside another body, or other categories.
function saysAsTold(claims, event, written) {
  const [type, state] = states[written.kind] ?? []
  if (event.event_type !== type || event.event_state !== state) return false
  if (!isLeftByStop(claims, written)) return false
  if (!isAnswer(written)) return true
  const { holder, recipient, categories_granted: granted, categories_declined: declined } = written
  const [purpose = {}] = claims.purposes ?? []
  const of = (is) =>
    (purpose.pii_information ?? [])
      .filter(({ pii_consented: has }) => (has === true) === is)
      .map(({ pii_type: type }) => type)
  const facts = [
    [written.agreement, claims.agreement],
    [written.dataset, claims.dataset],
    [written.purpose, purpose.purpose_id],
    [1, claims.purposes?.length],
    [written.legal_basis, purpose.legal_basis_id],
    [`from ${holder}`, purpose.collection_method],
    [recipient, event.entity_id],
    [[recipient], purpose.pii_controllers],
    [[recipient], purpose.recipient_third_parties],
    [
      [
        ['holder', holder],
        ['recipient', recipient],
      ],
      claims.parties?.map(({ party_role: role, party_id: id }) => [role, id]),
    ],
    [granted, of(true)],
    [declined, of(false)],
    [`until ${written.valid_until_local}`, event.validity_duration],
    [daysIn(written.lookback), daysIn(purpose.lookback)],
    [written.supersedes ?? null, claims.supersedes_record_id ?? null],
    [written.rendered_sha256, claims.privacy_notice?.rendered_sha256],
    [officeIn(written.collected_by?.office), officeIn(claims.helped_by)],
  ]
  return (
    facts.every(([told, said]) => JSON.stringify(told) === JSON.stringify(said)) &&
    isSendingAsTold(claims.sending ?? {}, written)
  )
}

// What a stop leaves is in no event: a receipt of another one says nothing of it, and none of other data than its own.
function isLeftByStop({ still, purposes }, { kind }) {
  if (still === undefined) return true
  const own = (purposes?.[0]?.pii_information ?? [])
    .filter(({ pii_consented: has }) => has === true)
    .map(({ pii_type: type }) => type)
  const data = still?.data
  return (
    kind === 'consent.revoked' &&
    Array.isArray(data) &&
    data.every((datum) => own.includes(datum?.pii_type))
  )
}

// The event does not tell what an answer leads to with other sharings: only what is about this sharing alone is held against it.
function isSendingAsTold({ stands = [], ...lists }, written) {
  const { categories_granted: granted, categories_declined: declined } = written
  const within = (name, all) =>
    (lists[name] ?? []).every(({ pii_type: type }) => all.includes(type))
  const own = stands.find(({ record_id: id }) => id === written.consent_id)
  const { count, per } = own?.frequency ?? {}
  const limit = written.frequency_limit ?? {}
  return (
    ['sent', 'added'].every((name) => within(name, granted)) &&
    ['not_added', 'not_sent'].every((name) => within(name, declined)) &&
    (own === undefined ||
      (own.last_day === written.valid_until_local &&
        count === limit.count &&
        per === limit.per &&
        daysIn(own.lookback) === daysIn(written.lookback)))
  )
}

// Which desk saw with whoever answered.
function officeIn(office) {
  return `${office?.organisation} ${office?.role}`
}

function daysIn(lookback) {
  return `${lookback?.from} ${lookback?.to}`
}

/** The claims of a receipt or certificate that one of these keys signed. @returns undefined for what is none, or was changed */
export async function signedClaims(jwt, keys) {
  const [head, body, signature, ...rest] = jwt.length > maxLength ? [] : jwt.trim().split('.')
  const header = parsed(utf8(base64url(head)))
  const isKnown = header?.typ === receiptType || header?.typ === certificateType
  if (rest.length > 0 || !isKnown || header.alg !== 'Ed25519') return undefined
  const key = keys.find((one) => one.purpose === 'receipt' && one.kid === header.kid)
  const bytes = base64url(signature)
  if (key === undefined || bytes === undefined) return undefined
  const raw = base64url(key.x)
  if (raw?.length !== 32 || bytes.length !== 64) return undefined
  if (!(await verified('Ed25519', raw, bytes, encoder.encode(`${head}.${body}`)))) return undefined
  const claims = parsed(utf8(base64url(body)))
  // Neither passes for the other.
  const isCertificate = claims?.certificate_id !== undefined
  return isCertificate === (header.typ === certificateType) ? claims : undefined
}

async function entryOf({ salt, payload, entry, payload_jcs_sha256: hash }) {
  const key = base64(salt)
  if (key?.length !== 32 || typeof payload !== 'string') return undefined
  const bytes = encoder.encode(payload)
  const imported = await crypto.subtle.importKey(
    'raw',
    key,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const commitment = new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes))
  const made = join([Uint8Array.of(1, 0x50), commitment])
  const isSame = equal(made, base64(entry)) && hex(await sha256(bytes)) === hash
  return isSame ? made : undefined
}

function readProof(file) {
  const end = file.indexOf('\n\n')
  if (encoder.encode(file).length > maxProofBytes || end < 0) return undefined
  const [header, ...lines] = file.slice(0, end).split('\n')
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? []
  const path = lines.map(base64)
  const note = file.slice(end + 2)
  const tree = treeIn(note.slice(0, note.lastIndexOf('\n\n') + 1))
  const isProof =
    header === 'c2sp.org/tlog-proof@v1' &&
    Number.isSafeInteger(Number(index)) &&
    path.length <= 63 &&
    path.every((hash) => hash?.length === 32)
  return isProof && tree !== undefined ? { ...tree, index: Number(index), path, note } : undefined
}

// What a checkpoint says: C2SP tlog-checkpoint.
function treeIn(textOfNote) {
  const [origin = '', digits = '', encoded = ''] = textOfNote.split('\n')
  const root = base64(encoded)
  const isSize = /^(0|[1-9]\d{0,15})$/.test(digits) && Number.isSafeInteger(Number(digits))
  return origin !== '' && isSize && root?.length === 32
    ? { origin, size: Number(digits), root }
    : undefined
}

// RFC 9162 2.1.3.2
async function leadsToRoot({ index, size, root, path }, entry) {
  if (!(index < size) || !Number.isSafeInteger(size)) return false
  let [at, last] = [index, size - 1]
  let hash = await sha256(join([Uint8Array.of(0), entry]))
  for (const other of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = await sha256(join([Uint8Array.of(1), other, hash]))
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else {
      hash = await sha256(join([Uint8Array.of(1), hash, other]))
    }
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 && equal(hash, root)
}

/**
 * C2SP signed-note: the signatures of these keys must hold, those of others are passed over. Those of an algorithm that this
 * browser has not are `unchecked`. @returns undefined for what is refused
 */
export async function openNote(note, vkeys) {
  const split = splitNote(note)
  const keys = await Promise.all(vkeys.map(keyFrom))
  if (split === undefined || keys.includes(undefined)) return undefined
  const [signatures, unchecked] = [new Map(), new Map()]
  for (const { name, bytes } of split.lines) {
    const id = hex(bytes.slice(0, 4))
    const key = keys.find((one) => one.name === name && one.id === id)
    if (key === undefined) continue
    const { holds, time } = await signatureIn(key, split.text, bytes.slice(4))
    if (holds === false) return undefined
    // A line that comes twice is one signature.
    const { vkey } = key
    if (holds)
      signatures.set(
        vkey,
        signatures.get(vkey) ?? { name, vkey, time, algorithm: key.type.algorithm },
      )
    else unchecked.set(vkey, { name, vkey })
  }
  if (signatures.size + unchecked.size === 0) return undefined
  return {
    text: split.text,
    signatures: [...signatures.values()],
    unchecked: [...unchecked.values()],
  }
}

function splitNote(note) {
  const end = note.lastIndexOf('\n\n')
  const isForbidden = Array.from(note).some((letter) => {
    const code = letter.codePointAt(0)
    return (code < 32 && code !== 10) || (code >= 0xd800 && code < 0xe000) || code === 0xfffd
  })
  if (encoder.encode(note).length > maxNoteBytes || isForbidden) return undefined
  if (end < 0 || !note.endsWith('\n')) return undefined
  const lines = note
    .slice(end + 2)
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, name = '', encoded] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
      return { name, bytes: base64(encoded) }
    })
  const areLines = lines.every(({ name, bytes }) => isName(name) && bytes?.length > 4)
  if (!areLines || lines.length === 0 || lines.length > maxSignatures) return undefined
  return { text: note.slice(0, end + 1), lines }
}

function isName(name) {
  return name !== '' && !/[\s+]/u.test(name)
}

// By the byte of a key: C2SP signed-note and tlog-cosignature.
const signatureTypes = {
  1: {
    algorithm: 'Ed25519',
    keyBytes: 32,
    signatureBytes: 64,
    message: ({ text }) => encoder.encode(text),
  },
  4: {
    algorithm: 'Ed25519',
    keyBytes: 32,
    signatureBytes: 64,
    isTimed: true,
    message: ({ text, time }) => encoder.encode(`cosignature/v1\ntime ${time}\n${text}`),
  },
  6: {
    algorithm: 'ML-DSA-44',
    keyBytes: 1312,
    signatureBytes: 2420,
    isTimed: true,
    message: cosignedMessage,
  },
}

/** @returns holds: undefined where this browser has not the algorithm */
async function signatureIn({ name, raw, type }, textOfNote, bytes) {
  const { algorithm, signatureBytes, isTimed, message } = type
  const head = isTimed ? 8 : 0
  if (bytes.length !== head + signatureBytes) return { holds: false }
  const time = isTimed ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : undefined
  if (time === 0n || time > maxTime) return { holds: false }
  const signed = message({ name, text: textOfNote, time })
  const holds = signed !== undefined && (await verified(algorithm, raw, bytes.slice(head), signed))
  return { holds, time: time === undefined ? undefined : Number(time) }
}

// `cosigned_message`: the whole tree is the subtree that begins at 0.
function cosignedMessage({ name, text: textOfNote, time }) {
  const tree = treeIn(textOfNote)
  if (tree === undefined) return undefined
  const [cosigner, origin] = [encoder.encode(name), encoder.encode(tree.origin)]
  if (cosigner.length > 255 || origin.length > 255) return undefined
  return join([
    encoder.encode('subtree/v1\n\0'),
    Uint8Array.of(cosigner.length),
    cosigner,
    eightBytes(time),
    Uint8Array.of(origin.length),
    origin,
    eightBytes(0n),
    eightBytes(BigInt(tree.size)),
    tree.root,
  ])
}

function eightBytes(number) {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, number)
  return bytes
}

/** C2SP tlog-policy, as far as a policy that was accepted elsewhere is told here: keys as they are written. */
export async function readPolicy(file) {
  const [logs, witnesses, rules] = [[], [], new Map([['none', () => true]])]
  let quorum = () => false
  let lastDay
  for (const line of file.split('\n')) {
    const [, day] = /^[ \t]*#[ \t]*classical-until[ \t]+(\S+)[ \t]*$/.exec(line) ?? []
    // A day that cannot be read is over: nothing that was forged counts by a slip of the pen.
    if (day !== undefined && (lastDay === undefined || day < lastDay)) lastDay = day
    const [word, ...rest] = line.trim().split(/[ \t]+/)
    if (word === 'log') logs.push(rest[0])
    if (word === 'witness') {
      witnesses.push(rest[1])
      rules.set(rest[0], (given) => given.includes(rest[1]))
    }
    if (word === 'group') {
      const members = rest.slice(2).map((name) => rules.get(name) ?? (() => false))
      const needed = { all: members.length, any: 1 }[rest[1]] ?? Number(rest[1])
      rules.set(
        rest[0],
        (given) => needed > 0 && members.filter((isMet) => isMet(given)).length >= needed,
      )
    }
    if (word === 'quorum') quorum = rules.get(rest[0]) ?? (() => false)
  }
  const end = lastDay === undefined ? undefined : Date.parse(`${lastDay}T24:00:00Z`)
  return { logs, witnesses, isMet: quorum, lastDay, until: Number.isNaN(end) ? 0 : end }
}

/** @returns undefined for what is no key, or one under another id */
async function keyFrom(vkey = '') {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  const typed = base64(encoded)
  const type = signatureTypes[typed?.[0]]
  if (!isName(name ?? '') || type === undefined || typed.length !== 1 + type.keyBytes)
    return undefined
  const digest = await sha256(join([encoder.encode(`${name}\n`), typed]))
  return hex(digest.slice(0, 4)) === id ? { name, id, vkey, type, raw: typed.slice(1) } : undefined
}

/** @returns undefined where this browser has not the algorithm */
async function verified(algorithm, raw, signature, message) {
  // The newer algorithms are imported under another word than Ed25519 is in browsers that are older than they.
  const format = algorithm === 'Ed25519' ? 'raw' : 'raw-public'
  const key = await crypto.subtle
    .importKey(format, raw, algorithm, false, ['verify'])
    .catch((error) => {
      const isUnknown = error instanceof TypeError || error.name === 'NotSupportedError'
      if (algorithm !== 'Ed25519' && isUnknown) return undefined
      throw error
    })
  return key === undefined ? undefined : crypto.subtle.verify(algorithm, key, signature, message)
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function base64(encoded) {
  if (
    typeof encoded !== 'string' ||
    !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ||
    encoded.length % 4 !== 0
  )
    return undefined
  const letters = atob(encoded)
  // Of the last letter some bits may say nothing: but for this, one signature would have several spellings.
  if (btoa(letters) !== encoded) return undefined
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
}

function base64url(encoded) {
  if (typeof encoded !== 'string' || !/^[\w-]+$/.test(encoded)) return undefined
  const plain = encoded.replaceAll('-', '+').replaceAll('_', '/')
  return base64(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='))
}

function utf8(bytes) {
  return bytes === undefined ? '' : new TextDecoder().decode(bytes)
}

function parsed(json) {
  try {
    const value = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function text(value) {
  return ['string', 'number'].includes(typeof value) ? String(value) : '?'
}

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
  return all
}

function equal(one, other) {
  return other !== undefined && hex(one) === hex(other)
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
