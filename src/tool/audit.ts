import { systemClock } from '../base/values/clock.ts'
import type { DossierAsked } from '../consent/dossiers/index.ts'
import type { AuditExportParts } from '../ledger/audit-export/index.ts'
import { command, flag, requiredText, text, withoutDatabase } from './command.ts'
import type { House } from './house.ts'
import { checkOptions, isTwice, orderOptions } from './option-sets.ts'
import { instantIn, isAYearAtMost } from './times.ts'

const loadDossiers = () => import('../consent/dossiers/index.ts')
const loadExport = () => import('../ledger/audit-export/index.ts')

export const auditPerson = command('audit person REF', {
  says: `by the order of two signers: a signed dossier of what her chain tells of a year at most, for an auditor,
sealed to the auditor’s key, or else to be read by its owner alone. She reads that it was made`,
  options: {
    from: requiredText('DAY', 'its first day'),
    to: requiredText('DAY', 'its last day'),
    into: text('FILE', 'where it is written; needless with --out'),
    'to-key': text('FILE', 'an auditor’s public key, of « accord audit key »'),
    ...orderOptions,
  },
  asks({ REF: reference, from, to, into, 'to-key': toKey, ...words }) {
    if (into === undefined && words.out === undefined) return undefined
    return isAYearAtMost(from, to) ? { reference, from, to, into, toKey, words } : undefined
  },
  noted: { action: 'dossier-make', object: ({ reference }) => reference },
  run: makeDossierHere,
})

export const auditKey = command('audit key FILE', {
  says: 'makes an auditor’s key; prints its public half, for --to-key',
  asks: ({ FILE }) => FILE,
  noted: withoutDatabase,
  run: async (file) => (await loadDossiers()).makeReadingKey(file),
})

export const auditVerify = command('audit verify FILE', {
  says: 'checks a dossier without the database, and says what it tells',
  options: { key: text('FILE', 'opens a sealed one'), ...checkOptions },
  asks: ({ FILE: file, ...given }) => (isTwice(given) ? undefined : { file, ...given }),
  noted: withoutDatabase,
  run: async (asked, { config }) => (await loadDossiers()).verifyDossier(config.keysDir, asked),
})

export const auditExport = command('audit export', {
  says: `writes what operators did and what was refused as JSON lines (ECS), a file an hour, for a SIEM; people by
a reference that the key makes. It goes on where it stopped. A signed digest ends each hour`,
  options: {
    into: requiredText('DIR', 'the folder of these files'),
    'reference-key': requiredText('FILE', 'the key of references'),
    since: text('TIME', 'where a new folder begins (2026-11-28T14:00:00Z)'),
    until: text('TIME', 'where it ends'),
    follow: flag('goes on until SIGTERM'),
  },
  asks({ into: dir, 'reference-key': keyFile, follow = false, ...given }) {
    const [since, until] = [instantIn(given.since), instantIn(given.until)]
    if (since === null || until === null || (follow && until !== undefined)) return undefined
    return { dir, keyFile, since, until, follow }
  },
  noted: { action: 'audit-export' },
  run: async (asked, house) => (await loadExport()).exportAudit(asked, () => exportPartsOf(house)),
})

export const auditCheck = command('audit check FILE…', {
  says: 'checks such files, or a folder of them, without the database: nothing is changed, gone or out of order',
  options: { keys: checkOptions.keys, until: text('TIME', 'it goes so far') },
  asks({ FILE: paths, keys, until: typed }) {
    const until = instantIn(typed)
    return until === null ? undefined : { paths, keys, until }
  },
  noted: withoutDatabase,
  async run(asked, { config }) {
    const { publishedKeysFrom } = await import('../consent/record/index.ts')
    const { checkAudit } = await loadExport()
    return checkAudit(asked, systemClock(), (given) => publishedKeysFrom(given, config.keysDir))
  },
})

export const auditReferenceKey = command('audit reference-key FILE', {
  says: 'makes the key of references, in a file of its own',
  asks: ({ FILE }) => FILE,
  noted: withoutDatabase,
  run: async (file) => (await loadExport()).makeReferenceKey(file),
})

export const commands = [
  auditPerson,
  auditKey,
  auditVerify,
  auditExport,
  auditCheck,
  auditReferenceKey,
]

async function makeDossierHere(asked: DossierAsked, house: House): Promise<string[]> {
  const { makeDossier } = await loadDossiers()
  return house.withDatabase((db, now) =>
    makeDossier(db, asked, now, async () => {
      const { orderPartsOf } = await import('./order-parts.ts')
      return orderPartsOf(house, db)
    }),
  )
}

// The command is noted: by then the database is open, and its keys are known.
async function exportPartsOf(house: House): Promise<AuditExportParts> {
  const { requireUrl } = await import('../house/migration.ts')
  const statements = await house.openSigningKeys()
  const seals = await house.openSeals()
  const { issuer } = house.config
  return { databaseUrl: requireUrl(house.config), statements, seals, issuer, now: systemClock() }
}
