import { once } from 'node:events'
import { lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ServedPurpose } from '../values/key-purposes.ts'
import { isServed } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'

// Each purpose has a socket of its own, which one user alone may open: whoever may ask for permits is not by that who may sign the log.
// A signer opens its sockets in a folder, for its own user; or gets them open from who starts it, as systemd does (sd_listen_fds(3)),
// each of the user that its unit names.

/** Its owner, and nobody else. */
const ownerAlone = 0o177
const firstDescriptor = 3
const mostDescriptors = 64

export type SocketPlace = { readonly purpose: ServedPurpose } & (
  | { readonly path: string }
  | { readonly descriptor: number }
)
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a signer listens. @throws OperatorError where a purpose has no socket, or a socket no purpose of those */
export function socketPlaces(
  purposes: readonly ServedPurpose[],
  {
    dir,
    env,
    pid,
  }: { readonly dir: string | undefined; readonly env: Environment; readonly pid: number },
): SocketPlace[] {
  const given = givenSockets(env, pid)
  if (given.length === 0 && dir !== undefined)
    return purposes.map((purpose) => ({ purpose, path: join(dir, purpose) }))
  if (given.length === 0 || dir !== undefined)
    throw new OperatorError('A signer has --sockets, or gets its sockets from who starts it.')
  const places = given.flatMap(({ name, descriptor }) =>
    isServed(name) && purposes.includes(name) ? [{ purpose: name, descriptor }] : [],
  )
  const strange = given.filter(({ name }) => !places.some(({ purpose }) => purpose === name))
  const without = purposes.filter((one) => !places.some(({ purpose }) => purpose === one))
  if (strange.length > 0 || without.length > 0)
    throw new OperatorError(
      `Each purpose has a socket of its name: none is of ${without.join(', ') || '–'}, and no key is for ${strange.map(({ name }) => name).join(', ') || '–'}.`,
    )
  return places
}

function givenSockets({ LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' }: Environment, pid: number) {
  // What was given to the process that started this one is not for this one.
  if (LISTEN_PID !== String(pid)) return []
  const names = LISTEN_FDNAMES.split(':')
  const count = Math.min(Number(LISTEN_FDS) || 0, mostDescriptors)
  return Array.from({ length: count }, (_, at) => ({
    name: names[at] ?? '',
    descriptor: firstDescriptor + at,
  }))
}

/** @throws OperatorError where another signer is there, or nothing can be */
export async function listenAt(server: Server, place: SocketPlace): Promise<void> {
  if ('path' in place) return listenAlone(server, place.path)
  server.listen({ fd: place.descriptor })
  await once(server, 'listening')
}

// Two signers at one place would take each other's questions. A socket that was left behind is no signer.
async function listenAlone(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
      throw new OperatorError(`${path} cannot be listened on.`, { cause: error })
    if (await isAnswered(path)) throw new OperatorError(`Another signer listens on ${path}.`)
    // Whatever else lies there is somebody's: a file, or a link to one.
    if (!(await lstat(path)).isSocket()) throw new OperatorError(`${path} is no socket.`)
    await unlink(path)
    await listen(server, path)
  }
}

async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(ownerAlone)
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
