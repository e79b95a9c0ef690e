import { Agent, request } from 'node:http'

// Requests of somebody who wants each to leave something behind: another path, method, host, header, client, provider, category.

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'M-SEARCH']
const atOnce = 16

/** Sends so many requests to the house at this port, 16 at a time. @returns how often each status was answered */
export async function sendHostile(
  { port, issuer }: { readonly port: number; readonly issuer: string },
  paths: readonly string[],
  count: number,
  random: () => number,
): Promise<ReadonlyMap<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const statuses = new Map<number, number>()
  let sent = 0
  const sendSome = async () => {
    while (sent < count) {
      const status = await send(hostile(paths, sent++, random))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const send = ({ method, path, headers, body }: Hostile) =>
    new Promise<number>((resolve, reject) => {
      const own = { Host: new URL(issuer).host, ...headers }
      const asked = request({ host: 'localhost', port, agent, method, path, headers: own })
      asked.on('response', (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
        answer.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  await Promise.all(Array.from({ length: atOnce }, sendSome))
  agent.destroy()
  return statuses
}

type Hostile = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function hostile(paths: readonly string[], nth: number, random: () => number): Hostile {
  const one = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]
  const word = () => `x${nth}${Math.floor(random() * 2 ** 40).toString(36)}`
  const known = (one(paths) ?? '/').replaceAll(/[:*]\w+/g, word)
  const path = one([known, `/en${known}`, `/${word()}/${word()}`, `${known}/${word()}`]) ?? '/'
  const forwarded = { 'X-Forwarded-For': `198.51.100.${nth % 250}` }
  const strange: readonly Readonly<Record<string, string>>[] = [
    {},
    { Host: `${word()}.example` },
    { [`X-${word()}`]: word(), 'User-Agent': word() },
    { Authorization: `Bearer ${word()}`, Accept: 'application/json' },
    { 'X-Request-ID': word(), 'Content-Type': 'application/json' },
  ]
  const bodies = [
    `client_id=${word()}&grant_type=${word()}`,
    JSON.stringify({ subject: { type: word(), id: word() }, action: { name: word() } }),
    JSON.stringify({ resource: { type: word(), properties: { categories: [word()] } } }),
  ]
  const method = one(methods) ?? 'GET'
  const isWithBody = method !== 'GET' && method !== 'HEAD'
  return {
    method,
    path: `${path}?client_id=${word()}&provider=${word()}`,
    headers: { ...forwarded, ...one(strange) },
    body: isWithBody ? (one(bodies) ?? '') : '',
  }
}
