/** The purposes of keys. A key serves one. */
export const purposes = [
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
  'decision',
  'receipt',
  'cookie',
  'dpop-nonce',
  'pairwise',
  'data',
  'seal',
  'log',
  'log-pq',
] as const
export type KeyPurpose = (typeof purposes)[number]

export function isPurpose(word: string): word is KeyPurpose {
  return (purposes as readonly string[]).includes(word)
}

/** By which a log signs: Ed25519, and ML-DSA-44 beside it. All keys of these sign at once. */
export const logPurposes = ['log', 'log-pq'] as const
export type LogPurpose = (typeof logPurposes)[number]

export function isOfLog(word: string): word is LogPurpose {
  return (logPurposes as readonly string[]).includes(word)
}

/** The purposes that may hold several keys; those of the log have steps of their own. */
export type RotatedPurpose = Exclude<KeyPurpose, 'pairwise' | LogPurpose>

export function isRotated(word: string): word is RotatedPurpose {
  return isPurpose(word) && word !== 'pairwise' && !isOfLog(word)
}

// What each process of the house seals and checks by itself; and `log-pq`, which signs at the socket of `log`, the same trees.
const neverServed = ['cookie', 'dpop-nonce', 'pairwise', 'seal', 'log-pq'] as const
/** What a signer may be started for. */
export type ServedPurpose = Exclude<KeyPurpose, (typeof neverServed)[number]>

export const servedPurposes: readonly ServedPurpose[] = purposes.filter(isServed)

export function isServed(word: string): word is ServedPurpose {
  return isPurpose(word) && !(neverServed as readonly string[]).includes(word)
}

/** The socket of a signer for each purpose whose keys it has. */
export type SignerSockets = Readonly<Partial<Record<ServedPurpose, string>>>

/** The purposes of sockets, by their names; undefined where one is no purpose that a signer has, or stands there twice. */
export function socketsByPurpose(paths: readonly string[]): SignerSockets | undefined {
  const sockets = new Map<ServedPurpose, string>()
  for (const path of paths) {
    const [name = ''] = path.split('/').slice(-1)
    if (!path.startsWith('/') || !isServed(name) || sockets.has(name)) return undefined
    sockets.set(name, path)
  }
  return Object.fromEntries(sockets)
}
