import type { Endpoint } from '../../base/web/endpoints.ts'

/** What a piece of work reads for certain; the parameters of its request name more. */
export type Needs = {
  /** The session of the browser. */
  readonly session?: true
  /** The kind of the token that the request comes with, bound to a key. */
  readonly token?: 'AccessToken' | 'ClientCredentials'
  /** The visit with which other rooms’ rows of it are read. */
  readonly visit?: string
  /** The visit that the library is asked to resume. */
  readonly resumed?: string | undefined
  /** Of the proof with which it comes, where that was read before. */
  readonly jti?: string
  /** The call that a holder presents: its token is read, and not one of the request itself. */
  readonly presented?: { readonly token: string; readonly requestSha256: Buffer }
  /** Whether it denies, by the register in memory, where the one of the database is not as it was applied. */
  readonly canDeny?: boolean
}

type ProviderEndpoint = Endpoint & {
  /**
   * The accepted methods. HEAD is missing where the GET makes or uses up something: a program that checks a link with HEAD would
   * use up a code. The library answers OPTIONS, for the preflights of browsers.
   */
  readonly methods: readonly string[]
  /** What each of its requests reads. */
  readonly needs?: Needs
}

const back = { audience: 'protocol', errors: 'oauth', rank: 'sign-in' } as const
const front = { audience: 'protocol', errors: 'page', rank: 'sign-in' } as const
const page = { audience: 'people', errors: 'page', rank: 'sign-in' } as const
const metadata = { audience: 'programs', errors: 'problem', rank: 'sign-in' } as const
// A sign-in that has begun goes before one that begins: else most would be given up half-way, and the work for them was for nothing.
const beginning = { rank: 'beginning' } as const
// Whether a token still allows something, and the end of one.
const decision = { rank: 'decision' } as const

const published = ['GET', 'HEAD', 'OPTIONS']

const withSession: Needs = { session: true }
const withToken: Needs = { token: 'AccessToken' }

/** Where a person types the code of a device. */
export const devicePath = '/device'
const resumed = /^\/(auth|device)\/([^/]+)$/

/** The endpoints that the library answers. */
export const endpoints: readonly ProviderEndpoint[] = [
  { ...front, ...beginning, path: '/auth', methods: ['GET', 'POST'], needs: withSession },
  { ...front, path: '/auth/:visit', methods: ['GET'], needs: withSession },
  { ...back, ...beginning, path: '/request', methods: ['POST', 'OPTIONS'] },
  { ...back, ...beginning, path: '/device/auth', methods: ['POST', 'OPTIONS'] },
  { ...page, path: devicePath, methods: ['GET', 'POST'], needs: withSession },
  { ...page, path: '/device/fait', methods: published },
  { ...page, path: '/device/arret', methods: published },
  { ...front, path: '/device/:visit', methods: ['GET'], needs: withSession },
  { ...back, ...beginning, path: '/backchannel', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/token', methods: ['POST', 'OPTIONS'] },
  { ...back, ...decision, path: '/token/introspection', methods: ['POST', 'OPTIONS'] },
  { ...back, ...decision, path: '/token/revocation', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/userinfo', methods: ['GET', 'POST', 'OPTIONS'], needs: withToken },
  { ...metadata, path: '/jwks', errors: 'oauth', methods: published },
  { ...metadata, path: '/.well-known/openid-configuration', methods: published },
  { ...metadata, path: '/.well-known/oauth-authorization-server', methods: published },
  { ...page, path: '/session/end', methods: ['GET', 'POST'], needs: withSession },
  { ...page, path: '/session/end/confirm', methods: ['POST'], needs: withSession },
  { ...page, path: '/session/end/success', methods: ['GET', 'HEAD'], needs: withSession },
]

export function endpointAt(path: string): ProviderEndpoint | undefined {
  const [, where] = resumed.exec(path) ?? []
  const known = isFixed(path) ? path : `/${where}/:visit`
  return endpoints.find((endpoint) => endpoint.path === known)
}

/** What a request at a path of the library reads. */
export function needsAt(path: string): Needs {
  return { ...endpointAt(path)?.needs, resumed: visitResumedAt(path) }
}

function isFixed(path: string): boolean {
  return endpoints.some((endpoint) => endpoint.path === path)
}

/** The visit that a path asks the library to resume. */
export function visitResumedAt(path: string): string | undefined {
  return isFixed(path) ? undefined : resumed.exec(path)?.[2]
}

/** Whether programs call this path. They get JSON errors, whatever their Accept header says (RFC 6749, section 5.2). */
export function isForPrograms(path: string): boolean {
  const endpoint = endpointAt(path)
  return endpoint?.audience === 'protocol' && endpoint.errors === 'oauth'
}

/** Whether a service sends a browser to this path with the service's parameters. */
export function isWithParameters(path: string): boolean {
  return path === '/auth' || path === '/session/end'
}
