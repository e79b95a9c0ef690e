// Checks a receipt, or a certificate of an erasure, and its proof, with WebCrypto alone: in a browser without a network, and in Node for who has no script.
// Shares nothing with the code that made them. Each step is a code; the page has the words.

const maxLength = 64 * 1024
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
  const claims = await signedClaims(receipt.trim(), trust.keys)
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
    ['rule', 'before', 'years', 'entries'].every((name) => sameIn(name, written, claims))
  if (!tell('event', same, { number: text(written.person_seq) })) return steps
  if (proof.trim() === '') return steps
  const read = readProof(proof)
  if (
    !tell('proof', read?.origin === ledger.origin && read !== undefined, {
      log: text(ledger.origin),
    })
  )
    return steps
  const leads = await leadsToRoot(read, entry)
  if (!tell('path', leads, { index: read.index, size: read.size })) return steps
  const policy = readPolicy(trust.policy)
  const { isLog, witnesses } = await signers(read, policy)
  if (!tell('log', isLog, { log: read.origin })) return steps
  const isEnough = policy.isMet(witnesses.map((one) => one.vkey))
  // Nobody was asked to watch: that is no comfort, and said as it is.
  tell(isEnough && witnesses.length === 0 ? 'unwitnessed' : 'witnesses', isEnough, {
    names: witnesses
      .map((one) => `${one.name} (${new Date(one.time * 1000).toISOString()})`)
      .join(', '),
    count: witnesses.length,
  })
  return steps
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

async function signedClaims(jwt, keys) {
  const [head, body, signature, ...rest] = jwt.length > maxLength ? [] : jwt.split('.')
  const header = parsed(utf8(base64url(head)))
  const isKnown = header?.typ === receiptType || header?.typ === certificateType
  if (rest.length > 0 || !isKnown || header.alg !== 'Ed25519') return undefined
  const key = keys.find((one) => one.purpose === 'receipt' && one.kid === header.kid)
  const bytes = base64url(signature)
  if (key === undefined || bytes === undefined) return undefined
  const raw = base64url(key.x)
  if (!(await holds(raw, bytes, encoder.encode(`${head}.${body}`)))) return undefined
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
  if (file.length > maxLength || end < 0) return undefined
  const [header, ...lines] = file.slice(0, end).split('\n')
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? []
  const path = lines.map(base64)
  const note = file.slice(end + 2)
  const split = note.lastIndexOf('\n\n')
  const textOfNote = note.slice(0, split + 1)
  const [origin = '', digits = '', root = ''] = textOfNote.split('\n')
  const isProof =
    header === 'c2sp.org/tlog-proof@v1' &&
    index !== undefined &&
    path.length <= 63 &&
    path.every((hash) => hash?.length === 32) &&
    split > 0 &&
    note.endsWith('\n') &&
    origin !== '' &&
    /^(0|[1-9]\d{0,15})$/.test(digits) &&
    base64(root)?.length === 32
  if (!isProof) return undefined
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)
  return {
    index: Number(index),
    path,
    origin,
    size: Number(digits),
    root: base64(root),
    text: textOfNote,
    signatures,
  }
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

async function signers({ origin, text: note, signatures }, policy) {
  let isLog = false
  const witnesses = []
  for (const line of signatures.slice(0, 100)) {
    const [, name, encoded] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
    const bytes = base64(encoded)
    if (name === undefined || bytes === undefined || bytes.length < 68) continue
    const id = hex(bytes.slice(0, 4))
    const isOf = (key) => key.name === name && key.id === id
    if (name === origin && policy.logs.some(isOf)) {
      isLog ||= await holds(policy.logs.find(isOf).raw, bytes.slice(4), encoder.encode(note))
    }
    const witness = policy.witnesses.find(isOf)
    if (witness === undefined || bytes.length !== 76) continue
    const time = Number(new DataView(bytes.buffer, bytes.byteOffset + 4, 8).getBigUint64(0))
    const signed = encoder.encode(`cosignature/v1\ntime ${time}\n${note}`)
    if (time > 0 && time < 8e12 && (await holds(witness.raw, bytes.slice(12), signed)))
      witnesses.push({ name, time, vkey: witness.vkey })
  }
  return { isLog, witnesses }
}

/** C2SP tlog-policy, as far as a policy that was accepted elsewhere is told here. */
function readPolicy(file) {
  const [logs, witnesses, rules] = [[], [], new Map([['none', () => true]])]
  let quorum = () => false
  for (const line of file.split('\n')) {
    const [word, ...rest] = line.trim().split(/[ \t]+/)
    if (word === 'log') logs.push(keyFrom(rest[0]))
    if (word === 'witness') {
      const key = keyFrom(rest[1])
      witnesses.push(key)
      rules.set(rest[0], (given) => given.includes(key.vkey))
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
  return { logs, witnesses, isMet: quorum }
}

function keyFrom(vkey = '') {
  const [name = '', id = '', ...rest] = vkey.split('+')
  return { name, id, vkey, raw: base64(rest.join('+'))?.slice(1) }
}

async function holds(raw, signature, message) {
  if (raw?.length !== 32 || signature.length !== 64) return false
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, signature, message)
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
