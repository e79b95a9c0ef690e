import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { fromBase64url } from './base64.ts'
import { guardKeyFiles } from './key-files.ts'
import type { KeyPair } from './key-pairs.ts'
import { readKeyPairs } from './key-pairs.ts'
import type { FarPurpose, HeldPairs, SigningPort } from './signer.ts'
import { algsOf, signerOf } from './signer.ts'
import type { PublicHalf, SignerAnswer, SignerQuestion } from './signer-shapes.ts'
import { frameOf, readFrame, signerQuestion } from './signer-shapes.ts'
import { StartError } from './start-error.ts'

// A signer in a process of its own: it signs with the keys that it holds, for whoever may open its socket, and gives none away.

const connectionMs = 5000
const mostConnections = 512
// The owner of the signer, and the group to whose members its socket is given: nobody else.
const withoutOthers = 0o117

type Serving = {
  readonly keysDir: string
  readonly socketPath: string
  /** What it signs for. Keys of other purposes in the folder are not read. */
  readonly purposes: readonly FarPurpose[]
}

/** Signs until it is closed. @returns what it holds, and how to end it. @throws StartError */
export async function serveSigner({ keysDir, socketPath, purposes }: Serving): Promise<{
  readonly kids: Readonly<Record<string, string>>
  close(): Promise<void>
}> {
  await guardKeyFiles(keysDir, 'production', () => {})
  const pairs = await pairsOf(keysDir, purposes)
  const held = { signer: signerOf(pairs), pairs }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setTimeout(connectionMs, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    answer(socket, held).catch(() => socket.destroy())
  })
  server.maxConnections = mostConnections
  await listenAlone(server, socketPath)
  return {
    kids: Object.fromEntries(purposes.map((purpose) => [purpose, pairs[purpose][0]?.kid ?? ''])),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function pairsOf(keysDir: string, purposes: readonly FarPurpose[]): Promise<HeldPairs> {
  const pairs: Record<FarPurpose, readonly KeyPair[]> = {
    'id-token': [],
    'id-token-rsa': [],
    signals: [],
  }
  for (const purpose of purposes) {
    pairs[purpose] = await readKeyPairs(keysDir, purpose)
    if (pairs[purpose].length === 0)
      throw new StartError(`${keysDir} holds no key of purpose ${purpose}.`)
  }
  return pairs
}

type Held = { readonly signer: SigningPort; readonly pairs: HeldPairs }

/** Member by member, so that no private one can be among them. */
function publicHalf({ kty, crv, x, y, n, e }: KeyPair): PublicHalf[] {
  if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined)
    return [{ kty: 'EC', crv: 'P-256', x, y }]
  return kty === 'RSA' && n !== undefined && e !== undefined ? [{ kty: 'RSA', n, e }] : []
}

async function answer(socket: Socket, held: Held): Promise<void> {
  const asked = signerQuestion.safeParse(await readFrame(socket))
  socket.end(frameOf(asked.success ? await answerTo(asked.data, held) : unreadable))
}

const unreadable = { refused: 'this is no question' }

async function answerTo(asked: SignerQuestion, { signer, pairs }: Held): Promise<SignerAnswer> {
  if (asked.ask === 'keys') {
    const halves = (purpose: FarPurpose) => pairs[purpose].flatMap(publicHalf)
    const [idToken, idTokenRsa] = [halves('id-token'), halves('id-token-rsa')]
    return {
      keys: { 'id-token': idToken, 'id-token-rsa': idTokenRsa, signals: halves('signals') },
    }
  }
  const { purpose, kid, alg } = asked
  const bytes = fromBase64url(asked.bytes)
  if (!pairs[purpose].some((jwk) => jwk.kid === kid))
    return { refused: `no key of purpose ${purpose} has this name` }
  if (bytes === undefined || !algsOf[purpose].includes(alg)) return unreadable
  const signature = await signer.sign({ purpose, kid, alg, bytes })
  return { kid, signature: signature.toString('base64url') }
}

// Two signers at one place would take each other's questions. A socket that was left behind is no signer.
async function listenAlone(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
      throw new StartError(`${path} cannot be listened on.`, { cause: error })
    if (await isAnswered(path)) throw new StartError(`Another signer listens on ${path}.`)
    await unlink(path)
    await listen(server, path)
  }
}

async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(withoutOthers)
  try {
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await once(server, 'listening')
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
