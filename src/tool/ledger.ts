import { systemClock } from '../base/values/clock.ts'
import type { RestoredWords, VerifyAsked } from '../ledger/transparency-log/index.ts'
import { command, flag, requiredText, text, withoutDatabase } from './command.ts'
import type { House } from './house.ts'
import type { KeysOfCopy } from './restored-keys.ts'
import { isTwice, orderOptions, pin } from './option-sets.ts'

const hourSeconds = 3600
const maxHours = 10_000
const maxWatchSeconds = 7 * 24 * hourSeconds

type Restored = { readonly words: RestoredWords } | KeysOfCopy

const loadLog = () => import('../ledger/transparency-log/index.ts')
const loadParts = () => import('./ledger-parts.ts')

export const ledgerVerify = command('ledger verify', {
  says: `re-reads the database and LEDGER_DIR: entries, tiles, roots, signatures, people’s chains,
and their rows against their events, both ways; names the first entry that is wrong,
and the first hundred rows; the days that no worker has closed yet are late (exit 3)`,
  options: {
    url: text(
      'URL',
      `the same of the logs of a broker, or of one log by its own address, from outside, and that every public entry
has its document, and each version of the register two signers, once it has two`,
    ),
    policy: text(
      'FILE',
      'with --url (tlog-policy): whom to trust, else what the address itself says, which proves nothing (exit 3)',
    ),
    pin,
    since: text('FILE', 'with --url: an earlier checkpoint that it must contain'),
    copy: flag(
      'the database is a copy beside the LEDGER_DIR of today: what was signed since is counted, and is no fault',
    ),
    json: flag('for machines'),
  },
  asks({ json: isJson = false, copy: isCopy = false, ...given }): VerifyAsked | undefined {
    const { url } = given
    const isOdd = url === undefined ? Object.keys(given).length > 0 : isCopy || !URL.canParse(url)
    return isOdd || isTwice(given) ? undefined : { isJson, isCopy, ...given }
  },
  noted: {
    because:
      'it shows numbers of rows, and must run on a copy that only reads; what it found about a person stands in her chain',
  },
  run: verify,
})

export const ledgerRemember = command('ledger remember', {
  says: `makes LEDGER_DIR/signed.json anew, where it was lost, of what witnesses cosigned: the database must
contain all of it; the process that signs must be stopped`,
  options: {
    checkpoint: {
      ...text(
        'FILE',
        'a checkpoint that others kept, beside the witnesses or instead of them; several times',
      ),
      multiple: true,
    },
  },
  asks: ({ checkpoint: checkpoints = [] }) => ({ checkpoints }),
  noted: { action: 'ledger-remember' },
  run: remember,
})

export const ledgerRestored = command('ledger restored', {
  says: `lets a database go on that is older than its log, once two signers of the register have said so
within an hour: what was stopped since is lost, and permitted again. Before that, where keys changed since the
copy, --keys shows what becomes of each purpose, and a code; with the code it is done`,
  options: {
    keys: flag('what changed of the keys since the copy'),
    'older-keys': text(
      'DIR',
      'with --keys: a KEYS_DIR of the time of the copy, for what its rows need',
    ),
    confirm: text('CODE', 'with --keys: does what was shown with this code'),
    reason: text('TEXT', 'why; must be there, but with --order'),
    key: orderOptions.key,
    out: text('FILE', 'writes it for « accord order sign », and says what was signed'),
    order: orderOptions.order,
    operator: orderOptions.operator,
  },
  asks({
    keys: isOfKeys = false,
    'older-keys': olderKeys,
    confirm,
    ...words
  }): Restored | undefined {
    if (isOfKeys) return Object.keys(words).length > 0 ? undefined : { olderKeys, confirm }
    if (olderKeys !== undefined || confirm !== undefined) return undefined
    const { reason = '', order, operator = '' } = words
    const isExplained = reason.trim() !== '' && reason.length <= 500
    const isUsual = (order !== undefined || isExplained) && operator.length <= 100
    return isUsual ? { words } : undefined
  },
  noted: {
    action: 'ledger-restored',
    acts: (asked) => 'words' in asked || asked.confirm !== undefined,
    // Those in KEYS_DIR may be the ones that this command makes known.
    ofKeys: () => ({ house: undefined, mayBeNew: true }),
  },
  run: letGoOn,
})

export const ledgerMonitor = command('ledger monitor URL', {
  says: `watches the logs of a broker, or one log, from outside: each pass compares what is served with what the passes
before saw (trees, keys, witnesses, public documents)`,
  options: {
    state: requiredText('DIR', 'holds what the passes before saw'),
    policy: text(
      'FILE',
      'a tlog-policy of yours: whom to trust; else the policy that the address served first, which proves nothing (exit 3)',
    ),
    pin,
    'max-age': text('HOURS', 'a log that has not grown for longer does not hold (24)'),
    watch: text('SECONDS', 'a pass every so many seconds, until SIGTERM; else one pass'),
    accept: flag('takes the keys and witnesses that are served now as known; never another past'),
    json: flag('a line a pass, for machines'),
  },
  asks({ URL: address, accept: accepts = false, json: isJson = false, ...given }) {
    const { state, policy, pin: kept, 'max-age': maxAge = '24', watch } = given
    if (!/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return undefined
    const url = address.replace(/\/+$/, '')
    const hours = numberIn(maxAge, maxHours)
    const watchSeconds = watch === undefined ? 0 : numberIn(watch, maxWatchSeconds)
    if (hours === undefined || watchSeconds === undefined || isTwice(given)) return undefined
    const maxAgeSeconds = hours * hourSeconds
    return { url, state, policy, pin: kept, accepts, isJson, maxAgeSeconds, watchSeconds }
  },
  noted: withoutDatabase,
  // A monitor looks from outside: it needs no room but its own.
  async run(asked) {
    const { monitorLogs } = await import('../ledger/monitor/index.ts')
    return monitorLogs(asked, systemClock)
  },
})

export const commands = [ledgerVerify, ledgerRemember, ledgerRestored, ledgerMonitor]

function numberIn(typed: string, most: number): number | undefined {
  return /^[1-9][0-9]{0,6}$/.test(typed) && Number(typed) <= most ? Number(typed) : undefined
}

async function verify(asked: VerifyAsked, { config }: House): Promise<string[]> {
  const [{ verifyLedger }, { insideOf }] = [await loadLog(), await loadParts()]
  return verifyLedger(config, asked, (deed) => insideOf(config, deed))
}

async function remember(
  { checkpoints }: { readonly checkpoints: readonly string[] },
  { config }: House,
): Promise<string[]> {
  const [{ rememberSigned }, { insideOf }] = [await loadLog(), await loadParts()]
  return insideOf(config, (given) => rememberSigned(config, given, checkpoints))
}

async function letGoOn(asked: Restored, house: House): Promise<string[]> {
  if (!('words' in asked)) return (await import('./restored-keys.ts')).keysOfCopy(asked, house)
  const { words } = asked
  const { config } = house
  const [{ letDatabaseGoOn }, { insideOf }] = [await loadLog(), await loadParts()]
  return insideOf(config, (given) => letDatabaseGoOn(given, words))
}
