import { fingerprintOf, headingOf, isRemark, linesIn, signedText } from './verifier.js'

// What a receipt says, and what a check of it comes to, in words: the same on the server, in the file of a receipt, and on the page that checks
// one. Made of what was signed and of the words alone, with no locale of the browser, so that what a file shows can be compared.

// A receipt names no more categories, and a question has no more lines.
const maxLines = 2000

/** The words of a receipt: what happened, when, and its facts; of a certificate of an erasure only what happened. */
export function saidBy(claims, t) {
  const isCertificate = claims.certificate_id !== undefined
  const at = isCertificate ? claims.erased_at : claims.event[0].event_time
  return {
    what: whatOf(claims),
    at: momentOf(at, t),
    number: shortOf(isCertificate ? claims.certificate_id : claims.receipt_id),
    facts: isCertificate ? [] : factsOf(claims, t),
  }
}

/**
 * The main part of the file of a receipt, as HTML.
 * @param shown the page that was answered, as it was kept; keys: as `printsOf`, whom this file trusts
 */
export function bodyOf({ claims, receipt, proof, shown, print, keys }, t) {
  const { what, at, number, facts } = saidBy(claims, t)
  const place = `${claims.iss}/verifier`
  const lines = shown === undefined ? [] : linesOf(shown)
  return `<div class="head"><div class="wrap">
<p class="kind">${safe(filled(t.number, { number }))}</p>
<h1>${safe(t[`own.${what}`])}</h1>
<p class="lead">${safe(filled(t.when, { at, site: siteOf(claims.iss) }))}</p>
</div></div>
<div class="wrap page">
<div id="verdict" role="status"><h2>${safe(t['verdict.unchecked'])}</h2><p class="say">${safe(t['verdict.unchecked-text'])}</p></div>
<dl class="summary">${facts.map(factOf).join('')}</dl>
${signedLines(textIn(claims), claims, t)}<details class="fold"><summary>${safe(t.shown)}</summary><div class="inside">
${lines.length === 0 ? `<p>${safe(t['shown-none'])}</p>` : lines.map((line) => `<p>${safe(line)}</p>`).join('')}
</div></details>
<section><h2>${safe(t.whom)}</h2>
<p>${safe(filled(t['whom-text'], { place }))}</p>
<dl class="prints">${printsSaid(keys, t)}</dl></section>
<p class="hint">${safe(t['keep-private'])}</p>
${
  claims.still === undefined
    ? ''
    : `<p class="hint">${safe(trueThen(claims, t))}</p>
`
}<details class="fold on-screen"><summary>${safe(t.specialists)}</summary><div class="inside">
<dl class="numbers">${numbersOf(claims, print, t).map(factOf).join('')}</dl>
<p>${safe(t['carried.receipt'])}</p><pre id="receipt">${safe(receipt)}</pre>
<p>${safe(t[proof === '' ? 'carried.no-proof' : 'carried.proof'])}</p><pre id="proof">${safe(proof)}</pre>
</div></details>
</div>`
}

/** The title of a file is its heading. */
export function titleOf(main) {
  return /<h1>([^<]+)<\/h1>/.exec(main)?.[1] ?? ''
}

// What differs from file to file stands between these, in this order. There is no "<" in a title, and none in what is given.
const places = [
  ['<title>', '<'],
  ['<main>', '</main>'],
  ['id="given">', '<'],
]

/**
 * The title and the main part of the text of a receipt's file, and the version that made it: the hash of everything else in
 * it, which is frame, style, script and words. A file cannot name a version that it is not of. @throws Error for other text
 */
export async function partsOf(file) {
  const parts = []
  const frame = []
  let rest = file
  for (const [open, close] of places) {
    const from = rest.indexOf(open) + open.length
    const to = rest.indexOf(close, from)
    if (!rest.includes(open) || to === -1) throw new Error('not the file of a receipt')
    frame.push(rest.slice(0, from))
    parts.push(rest.slice(from, to))
    rest = rest.slice(to)
  }
  const [title, main, given] = parts
  const words = JSON.stringify(JSON.parse(given).words)
  return { title, main, version: await fingerprintOf([...frame, rest, words].join('')) }
}

/** What a check comes to. @param from 'own' in the file of a receipt, 'any' elsewhere; claims: undefined where nothing is signed */
export function answerOf({ steps, claims, from, icons }, t) {
  const verdict = verdictOf(steps)
  const title = t[`verdict.${verdict}`]
  const text = t[`verdict.${verdict}-text`]
  if (!['authentic', 'unlogged', 'uncompared'].includes(verdict))
    return { verdict, look: 'warned', kind: t['verdict.beware'], title, lead: text, html: '' }
  const signed = steps.find(({ step }) => step === 'answer')?.values.text ?? ''
  const rows = rowsOf(steps, t, { icons, heading: from === 'own' ? 'h3' : 'h2' })
  const good = { verdict, look: 'done', kind: t['verdict.checked'], title }
  if (from === 'own') {
    // Without the green: whoever changes the words of a file changes them where this check finds them, too.
    const own = { look: 'plain', title: t['verdict.own-title'], lead: t['verdict.own'] }
    return { ...good, ...own, html: `${signedPartOf(claims, signed, t)}${rows}` }
  }
  const { what, at, facts } = saidBy(claims, t)
  const happened = filled(t[`third.${what}`], { at })
  const list = facts.length === 0 ? '' : `<dl class="summary">${facts.map(factOf).join('')}</dl>`
  const then = claims.still === undefined ? t['verdict.that-day'] : trueThen(claims, t)
  const hint = `<p class="hint">${safe(then)}</p>`
  const lines = signedLines(signed, claims, t)
  if (verdict !== 'uncompared')
    return { ...good, lead: happened, html: `${rows}${list}${lines}${hint}` }
  // Here the person reads what was signed, and not the file, before what was checked.
  const html = `<h2>${safe(happened)}</h2>${list}${lines}${rows}${hint}`
  return { ...good, look: 'warned', kind: t['verdict.in-part'], lead: text, html }
}

// What is signed, by the names of its members and with no word of the file; and where somebody else compares the words.
function signedPartOf(claims, signed, t) {
  const place = safe(`${claims.iss}/verifier`)
  const lines = signedLinesOf(claims, t.language).map(([name, value]) => `${name}: ${value}`)
  return `<p><a href="${place}">${place}</a></p>
<h3>${safe(t['signed-part'])}</h3><pre id="signed" translate="no">${safe(lines.join('\n'))}</pre>
${signed === '' ? '' : `<h3>${safe(t['text.title'])}</h3><pre translate="no">${safe(signed)}</pre>`}`
}

function signedLinesOf(claims, language) {
  const plain = Object.entries(claims).filter(([, value]) => typeof value !== 'object')
  if (claims.certificate_id !== undefined) return plain
  const [[event], [purpose]] = [claims.event, claims.purposes]
  const own = (label) => label[language]
  const sent = Object.entries(claims.sending ?? {}).filter(([name]) => lists.includes(name))
  return [
    ...['event_kind', 'event_state', 'event_time', 'validity_duration'].map((name) => [
      name,
      event[name],
    ]),
    ...claims.parties.map((party) => [party.party_role, own(party.party_name)]),
    ['purpose_label', own(purpose.purpose_label)],
    ...purpose.pii_information.map((one) => [
      `pii_consented ${one.pii_consented}`,
      own(one.pii_label),
    ]),
    ...sent.flatMap(([name, all]) => all.map((one) => [`sending ${name}`, own(one.pii_label)])),
    ['receipt_id', claims.receipt_id],
  ]
}

/** The text that the key of an answer signed, by the events in its receipt; '' where no key signed. */
function textIn({ ledger, presented, iss }) {
  const written = JSON.parse(ledger.payload)
  if (!isSigned(written)) return ''
  return signedText(written, presented && JSON.parse(presented.payload), iss)
}

function isSigned({ kind, signed }) {
  return ['consent.granted', 'consent.refused'].includes(kind) && (signed ?? null) !== null
}

function signedLines(signed, claims, t) {
  const { facts, hint } = signedSaid(signed, claims, t)
  if (facts.length === 0) return ''
  const note = hint === undefined ? '' : `<p>${safe(hint)}</p>`
  return `<details class="fold"><summary>${safe(t['text.title'])}</summary><div class="inside">
${note}<dl class="summary">${facts.map(factOf).join('')}</dl>
</div></details>
`
}

/**
 * What a key signed, line by line, in words: made of the signed text. The names of what its lines number are those of the receipt, each beside its
 * number.
 */
export function signedSaid(signed, claims, t) {
  if (signed === '') return { facts: [] }
  const lines = linesIn(signed)
  if (lines === undefined)
    return { facts: firstLinesSaid(signed, claims, t), hint: t['text.first'] }
  const said = lineWords(claims, t)
  return {
    facts: Object.entries(lines).map(([name, value]) => [t[`text.${name}`], said(name, value)]),
  }
}

const firstNames = [
  'version',
  'site',
  'presentation',
  'page',
  'choice',
  'categories',
  'express',
  'until',
  'log',
]

function firstLinesSaid(signed, claims, t) {
  const said = lineWords(claims, t)
  return signed
    .split('\n')
    .slice(0, firstNames.length)
    .map((value, n) => [t[`text.${firstNames[n]}`], said(firstNames[n], value || '-')])
}

function lineWords(claims, t) {
  const [purpose] = claims.purposes
  const known = [
    ...claims.parties.map((party) => [party.party_id, party.party_name]),
    ...purpose.pii_information.map((one) => [one.pii_type, one.pii_label]),
    [purpose.purpose_id, purpose.purpose_label],
  ]
  const named = (ref) => {
    const [, label] = known.find(([id]) => id === ref || id === ref.split('@')[0]) ?? []
    return label === undefined ? ref : `${label[t.language]} (${ref})`
  }
  const words = {
    for: () => [t['text.herself']],
    choice: (choice) => [t[`text.${choice}`]],
    limit: (limit) => limitSaid(limit, t),
    about: (days) => {
      const [from, to] = days.split('/').map((day) => dayOf(day, t))
      return [filled(t['days-text'], { from, to })]
    },
    until: (day) => [dayOf(day, t)],
    log: (tree) => {
      const [origin, size, root] = tree.split(' ')
      return [filled(t['text.tree'], { origin, size }), root]
    },
  }
  return (name, value) => {
    if (value === '-' && name !== 'for') return [t[`text.no-${name}`] ?? t['text.none']]
    return words[name]?.(value) ?? value.split(' ').map(named)
  }
}

function limitSaid(limit, t) {
  const [, uses, , often] = limit.split(' ')
  const [count, per] = often.split('/')
  const all = [
    ...(uses === '-' ? [] : [filled(t['text.uses'], { count: uses })]),
    ...(often === '-' ? [] : [oftenOf({ count, per }, t)]),
  ]
  return all.length === 0 ? [t['text.no-limit']] : all
}

/** Each step of a check, for whoever wants to know all of it. */
export function stepsOf(steps, t) {
  const items = steps.map(({ step, holds, values }) => {
    const word = t[`${step}.${holds ? 'yes' : 'no'}`]
    // Of some steps the answer says all.
    if (word === undefined) return ''
    const look = isRemark({ step }) ? 'remark' : holds ? 'yes' : 'no'
    return `<li class="${look}">${safe(filled(word, values, t))}</li>`
  })
  return items.length === 0 ? '' : `<ol class="checks">${items.join('')}</ol>`
}

const verdicts = {
  signature: 'changed',
  words: 'other-words',
  shown: 'other-page',
  proof: 'other-log',
  path: 'other-log',
  log: 'other-log',
  'key-proof': 'other-log',
  witnesses: 'unwatched',
  unsure: 'not-sure',
  broken: 'broken',
  none: 'none',
  'proof-alone': 'proof-alone',
}

/** In one word: the first step that does not hold decides. */
function verdictOf(steps) {
  const failed = steps.find(({ holds }) => !holds)
  if (failed !== undefined) return verdicts[failed.step] ?? 'contradicts'
  if (steps.some(({ step }) => step === 'uncompared')) return 'uncompared'
  return headingOf(steps) === 'receipt-only' ? 'unlogged' : 'authentic'
}

// What counts, a row each. The rest stands among the steps.
const rowSteps = ['signature', 'answer', 'unsigned', 'path', 'witnesses', 'unwitnessed', 'unasked']

function rowsOf(steps, t, { icons, heading }) {
  const shown = steps.filter(({ step }) => rowSteps.includes(step))
  if (!shown.some(({ step }) => step === 'path')) shown.push({ step: 'unlogged', values: {} })
  const rows = shown.map(({ step, values }) => {
    const isPlain = ['unsigned', 'unwitnessed', 'unasked', 'unlogged'].includes(step)
    const icon = icons
      ? `<img class="icon" src="/icons/${isPlain ? 'question' : 'tick'}.svg" alt="" width="24" height="24">`
      : `<span aria-hidden="true">${isPlain ? '–' : '✓'}</span>`
    const title = safe(t[`row.${step}`])
    return `<li>${icon}<div><${heading}>${title}</${heading}><p>${safe(filled(t[`row.${step}-text`], inDays(values, t), t))}</p></div></li>`
  })
  return `<ul class="rows" role="list">${rows.join('')}</ul>`
}

// Witnesses stand with the instant at which they saw: here as people say it.
function inDays(values, t) {
  const { names = '' } = values
  const said = names.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => momentOf(iso, t))
  return { ...values, names: said }
}

function whatOf(claims) {
  if (claims.certificate_id !== undefined) return 'erased'
  const what = claims.event[0].event_kind.replace('consent.', '')
  return what === 'refused' && claims.sending?.is_change ? 'refused-change' : what
}

const lists = ['sent', 'goes_on', 'added', 'resumes', 'waits', 'stops', 'not_added', 'not_sent']

function factsOf(claims, t) {
  const [purpose] = claims.purposes
  const own = ({ pii_label: label }) => label[t.language]
  const party = (role) => claims.parties.find(({ party_role: is }) => is === role)
  const reached = ({ party_name: name, party_contact: contact }) => [
    name[t.language],
    ...(contact === undefined ? [] : [filled(t.contact, { contact })]),
  ]
  const labels = (is) =>
    purpose.pii_information.filter(({ pii_consented: has }) => has === is).map(own)
  const answered = lists.map((name) => [t[`list.${name}`], (claims.sending?.[name] ?? []).map(own)])
  const isStop = claims.event[0].event_kind === 'consent.revoked'
  const other = [
    [isStop ? t.stopped : t.yes, labels(true)],
    [t.no, labels(false)],
  ]
  const isKept = labels(true).length > 0 || (claims.sending?.stands.length ?? 0) > 0
  return [
    ...(claims.sending === undefined ? other : answered),
    [t.holder, reached(party('holder'))],
    [t.recipient, reached(party('recipient'))],
    [t.still, stillSaid(claims, t)],
    [t.why, [purpose.purpose_label[t.language], purpose.purpose[t.language]]],
    ...endsOf(claims, t),
    [t.helped, helpOf(claims, t)],
    [t.signature, signatureOf(claims, t)],
    [t.kept, isKept ? [purpose.retention_period[t.language]] : []],
    [t.law, [purpose.lawful_basis, t['law-text']]],
  ].filter(([, texts]) => texts.length > 0)
}

/**
 * What the recipient could still get of the data of a sharing when it was stopped, a sentence each; none in a receipt of another event, or of
 * before receipts said it. It is called the organisation: the receipt names it beside, and no other.
 */
export function stillSaid({ still }, t) {
  const data = still?.data
  if (!Array.isArray(data)) return []
  const name = ({ pii_label: label }) => label[t.language]
  const isLimited = ({ ways, waits }) =>
    ways.length === 0 && waits.some(({ because }) => because === 'limit')
  const gone = data.filter((datum) => datum.ways.length === 0 && !isLimited(datum))
  return [
    ...(gone.length === 0
      ? []
      : [filled(t['still.none'], { data: gone.map(name).join(t['still.comma']) })]),
    ...data
      .filter(({ ways }) => ways.length > 0)
      .map((datum) => {
        const reasons = datum.ways.map((way) => wayOf(way, t)).join(t['still.semicolon'])
        return filled(t['still.can'], { data: name(datum), reasons })
      }),
    ...data.flatMap((datum) =>
      datum.waits.map(({ because, from }) => {
        const day = from === undefined ? '' : dayOf(from, t)
        const word = isLimited(datum) || because !== 'limit' ? because : 'limit-beside'
        return filled(t[`still.${word}`], { data: name(datum), from: day })
      }),
    ),
    t['still.later'],
  ]
}

function wayOf({ right, purpose_label: label, lookback }, t) {
  const said = filled(t[`still.${right}`], { purpose: label[t.language] })
  if (lookback === undefined) return said
  const [from, to] = [dayOf(lookback.from, t), dayOf(lookback.to, t)]
  return filled(t['still.days'], { said, from, to })
}

/** The last line of what a receipt of a stop says. */
export function trueThen({ event }, t) {
  // English ends an hour with a full stop.
  return filled(t['still.then'], { at: momentOf(event[0].event_time, t) }).replace('..', '.')
}

// Until when, how often, and of which days: of what stands after an answer, else of the consent itself.
function endsOf({ sending, purposes, event }, t) {
  const [{ lookback }] = purposes
  const isOpen = ['active', 'suspended'].includes(event[0].event_state)
  const until = event[0].validity_duration.replace('until ', '')
  const own = isOpen ? [{ last_day: until, lookback }] : []
  return (sending?.stands ?? own).flatMap((stand) => [
    [t.until, [dayOf(stand.last_day, t)]],
    [t.often, stand.frequency === undefined ? [] : [oftenOf(stand.frequency, t)]],
    [
      t.days,
      stand.lookback === undefined
        ? []
        : [
            filled(t['days-text'], {
              from: dayOf(stand.lookback.from, t),
              to: dayOf(stand.lookback.to, t),
            }),
          ],
    ],
  ])
}

function oftenOf({ count, per }, t) {
  return filled(t[`per.${per}`] ?? t['per.other'], { count, per })
}

// Which desk saw with whoever answered.
function helpOf({ helped_by: helped }, t) {
  if (helped === undefined) return []
  return [filled(t[`helped.${helped.role}`], { body: helped.name[t.language] })]
}

// Whose key signed an answer, as its receipt tells it.
function signatureOf(claims, t) {
  const written = JSON.parse(claims.ledger.payload)
  if (!['consent.granted', 'consent.refused'].includes(written.kind)) return []
  if ((written.signed ?? null) === null) return [unsignedOf(claims, written, t)]
  const { signing_key: told, endorsing_keys: endorsers = [], presented } = claims
  const makings = (told === undefined ? [] : [told, ...endorsers]).map(({ payload }) =>
    JSON.parse(payload),
  )
  const isHers = makings.every(({ pii_principal_id: whose }) => whose === claims.pii_principal_id)
  const [making, ...older] = makings
  if (making === undefined || !isHers)
    return [t[claims.signing_key_erased === true ? 'key.erased' : 'key.untold']]
  const oldest = older.at(-1) ?? making
  const sentence = filled(t[`key.${howOf(making, oldest)}`], {
    since: dayAt(making.recorded_at, t),
    root: dayAt(oldest.recorded_at, t),
  })
  const isYounger =
    presented !== undefined && JSON.parse(presented.payload).recorded_at < making.recorded_at
  return [sentence, ...(isYounger ? [t['key.younger']] : [])]
}

function howOf(making, oldest) {
  const coming = (one) => {
    if (one.kind === 'access.opened') return 'opened'
    return one.kind === 'access.recovered' || one.by_recovered === true ? 'recovered' : 'added'
  }
  if ((making.endorsed_by ?? null) === null) return coming(making)
  if (oldest.kind === 'access.opened') return 'traced'
  return coming(oldest) === 'recovered' ? 'endorsed-recovered' : 'endorsed'
}

function unsignedOf({ signature_lifted: lifted }, { collected_by }, t) {
  const amr = collected_by?.amr ?? []
  const after = amr.includes('pwd')
    ? amr.includes('otp')
      ? 'code'
      : 'key'
    : amr.includes('pop')
      ? 'passkey'
      : 'other'
  if (lifted === undefined) return t[`unsigned.${after}`]
  const at = dayAt(JSON.parse(lifted.payload).recorded_at, t)
  return `${t[`unsigned.${after}`]} ${filled(t['unsigned.lifted'], { at })}`
}

function numbersOf(claims, print, t) {
  if (claims.certificate_id !== undefined) return [[t['number.print'], [print]]]
  return [
    [t['number.receipt'], [claims.receipt_id]],
    [t['number.sharing'], [claims.record_id]],
    [t['number.agreement'], [claims.agreement]],
    [t['number.text'], [`${claims.privacy_notice.text_id}, ${claims.language}`]],
    [t['number.log'], [claims.ledger.origin]],
    [t['number.print'], [print]],
  ]
}

function factOf([label, texts]) {
  return `<div><dt>${safe(label)}</dt> <dd>${texts.map((one) => `<p>${safe(one)}</p> `).join('')}</dd></div> `
}

/** Whom a page trusts, each key with its fingerprint. */
export function printsSaid(keys, t) {
  const items = keys.map(({ kind, name, print }) => {
    const label = safe(filled(t[`print.${kind}`], { name }))
    return `<div><dt>${label}</dt> <dd><code translate="no">${safe(print)}</code></dd></div> `
  })
  return items.join('')
}

const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }

/** The words of a page as it was kept, a block a line. */
export function linesOf(html) {
  return html
    .replaceAll(/<!-{2}[^]*?-->/g, '')
    .replaceAll(
      /<\/?(?:p|br|h\d|li|dt|dd|div|section|summary|legend|label|button|ul|ol|dl)\b[^>]*>/g,
      '\n',
    )
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity])
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .slice(0, maxLines)
}

// As the house writes days and times: « 1er août 2026 à 10 h 05 », in Québec.
const inQuebec = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Toronto',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

function partsAt(iso) {
  const parts = inQuebec.formatToParts(new Date(iso))
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]))
}

function momentOf(iso, t) {
  const { year, month, day, hour, minute } = partsAt(iso)
  const usual = minute === '00' ? t['time.sharp'] : t.time
  const time = filled(t[`time.${hour}:${minute}`] ?? usual, {
    hour: Number(hour),
    twelve: Number(hour) % 12 || 12,
    minute,
    half: Number(hour) < 12 ? t.am : t.pm,
  })
  return filled(t.moment, { day: dayOf(`${year}-${month}-${day}`, t), time })
}

function dayAt(iso, t) {
  const { year, month, day } = partsAt(iso)
  return dayOf(`${year}-${month}-${day}`, t)
}

function dayOf(day, t) {
  const [year, month, number] = day.split('-').map(Number)
  return filled(t.day, {
    day: number === 1 ? t.first : number,
    month: t[`month.${month}`],
    year,
  })
}

/** The number that a person reads out: the last eight characters of an id. */
function shortOf(id) {
  const last = id.slice(-8)
  return `${last.slice(0, 4)}-${last.slice(4)}`
}

function siteOf(issuer) {
  return issuer.replace(/^https?:\/\//, '')
}

// A value that has words of its own is said in them.
function filled(word, values, t = {}) {
  return word.replaceAll(/\{(\w+)\}/g, (_, name) =>
    String(t[`${name}.${values[name]}`] ?? values[name] ?? '?'),
  )
}

/** As text in HTML. */
export function safe(value) {
  const letters = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return String(value).replaceAll(/[&<>"]/g, (letter) => letters[letter])
}
