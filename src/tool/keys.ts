import { isOfLog, isPurpose, isRotated } from '../base/values/key-purposes.ts'
import { command, flag, requiredText, text } from './command.ts'

const house = text(
  'DIR',
  'where KEYS_DIR is the folder of a signer: the folder of the house, whose key of purpose seal notes what is done',
)
const load = () => import('./change-keys.ts')

const keysList = command('keys list', {
  says: 'the keys by purpose; public names and check values only',
  options: { known: flag('those that the database knows') },
  asks: ({ known: isKnown = false }) => ({ isKnown }),
  noted: { because: 'it shows names and check values' },
  run: async (asked, given) => (await load()).list(asked, given),
})

const keysCreate = command('keys create', {
  says: 'makes the keys that are missing in KEYS_DIR',
  options: {
    log: flag('that of the public log too, where this machine signs'),
    'log-pq': flag('the second key of the public log (ML-DSA-44), which signs beside the first'),
    rsa: flag('the pair for services that register RS256 or PS256 for ID tokens'),
    upstream: flag('the pair that signs what identity providers are asked'),
    signals: flag('the pair that signs what is told to streams of bodies (Shared Signals)'),
  },
  asks: ({
    log = false,
    'log-pq': logPq = false,
    rsa = false,
    upstream = false,
    signals = false,
  }) => ({
    log,
    logPq,
    rsa,
    upstream,
    signals,
  }),
  noted: { because: 'it makes files: the house takes them up by « keys announce »' },
  run: async (asked, given) => (await load()).create(asked, given),
})

const keysAnnounce = command('keys announce [PURPOSE]', {
  says: `notes in the database the keys of purposes of which it knows none; of one purpose its new keys,
beside those that it knows`,
  options: { instead: flag('with a purpose: in the place of all others'), house },
  asks({ PURPOSE: purpose, instead: isInstead = false, ...given }) {
    if (purpose === undefined) return isInstead ? undefined : { purpose, isInstead, ...given }
    return isPurpose(purpose) ? { purpose, isInstead, ...given } : undefined
  },
  noted: {
    action: 'keys-announce',
    object: ({ purpose = '' }) => purpose,
    // A lost key of purpose seal is announced by this very command, and notes it.
    ofKeys: ({ purpose = 'seal', house: dir }) => ({ house: dir, mayBeNew: purpose === 'seal' }),
  },
  run: async (asked, given) => (await load()).announce(asked, given),
})

const keysRotate = command('keys rotate PURPOSE', {
  says: `of purpose log or log-pq: a new signing key beside the one that is there; both sign, from the next start on.
Of another: adds a key that is known, and does not sign or seal yet: restart every process`,
  options: {
    use: flag(
      'not of these: the key added last signs or seals from the next start on; a published one a day after it was added',
    ),
    'at-once': flag('with --use: does not wait for that day'),
    house,
  },
  asks({ PURPOSE: purpose, use: isInUse = false, 'at-once': isAtOnce = false, ...given }) {
    if (isAtOnce && !isInUse) return undefined
    if (isOfLog(purpose)) return isInUse ? undefined : { purpose, isInUse, isAtOnce, ...given }
    return isRotated(purpose) ? { purpose, isInUse, isAtOnce, ...given } : undefined
  },
  noted: {
    action: 'keys-rotate',
    object: ({ purpose }) => purpose,
    ofKeys: ({ house: dir }) => ({ house: dir, mayBeNew: false }),
  },
  run: async (asked, given) => (await load()).rotate(asked, given),
})

const keysRotateAll = command('keys rotate-all', {
  says: `brings each purpose in KEYS_DIR, pairwise excepted, one step further to a key of its own that was added at
--since or later: adds it, uses it, drops the old one. The last line says « changed » (restart every process, then
again), « waits » or « done ». Cut off at any moment, it goes on`,
  options: {
    since: requiredText(
      'TIME',
      'when this rotation began, as 2026-01-31T12:00:00Z: the same in each call',
    ),
    'at-once': flag('does not wait, where the old keys are known to others; but for data and seal'),
  },
  asks({ since: when, 'at-once': isAtOnce = false }) {
    const since = instantIn(when)
    return since === undefined ? undefined : { since, isAtOnce }
  },
  noted: {
    action: 'keys-rotate-all',
    ofKeys: () => ({ house: undefined, mayBeNew: false }),
  },
  run: async (asked, given) => (await import('./rotate-all.ts')).rotateAll(asked, given),
})

const keysRetire = command('keys retire PURPOSE [KEY]', {
  says: `of purpose log or log-pq: drops the old key, after 30 days beside the new one. Of another: drops an old key by its name
in « keys list », once nothing needs it; of decision and receipt, the half that signs`,
  options: {
    'at-once': flag('does not wait: for a key that is known to others; not of data and seal'),
    house,
  },
  takesDashes: true,
  asks({ PURPOSE: purpose, KEY: key, 'at-once': isAtOnce = false, ...given }) {
    if (isOfLog(purpose))
      return key === undefined ? { purpose, key, isAtOnce, ...given } : undefined
    if (!isRotated(purpose) || key === undefined) return undefined
    // Rows of people depend on these keys: there is no haste in which they may go.
    if (isAtOnce && (purpose === 'data' || purpose === 'seal')) return undefined
    return { purpose, key, isAtOnce, ...given }
  },
  noted: {
    action: 'keys-retire',
    object: ({ purpose, key }) => (key === undefined ? purpose : `${purpose} ${key}`),
    ofKeys: ({ house: dir }) => ({ house: dir, mayBeNew: false }),
  },
  run: async (asked, given) => (await load()).retire(asked, given),
})

function instantIn(words: string): Date | undefined {
  const instant = new Date(words)
  const isOne = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(words)
  return isOne && !Number.isNaN(instant.getTime()) ? instant : undefined
}

export const commands = [keysList, keysCreate, keysAnnounce, keysRotate, keysRotateAll, keysRetire]
