import type { Endpoint } from '../base/web/endpoints.ts'

type ProviderEndpoint = Endpoint & {
  /**
   * The accepted methods. HEAD is missing where the GET makes or uses up something: a program that checks a link with HEAD would
   * use up a code. The library answers OPTIONS, for the preflights of browsers.
   */
  readonly methods: readonly string[]
}

const back = { audience: 'protocol', errors: 'oauth' } as const
const front = { audience: 'protocol', errors: 'page' } as const
const page = { audience: 'people', errors: 'page' } as const
const metadata = { audience: 'programs', errors: 'problem' } as const

const published = ['GET', 'HEAD', 'OPTIONS']

/** The endpoints that the library answers. */
export const endpoints: readonly ProviderEndpoint[] = [
  { ...front, path: '/auth', methods: ['GET', 'POST'] },
  { ...front, path: '/auth/:visit', methods: ['GET'] },
  { ...back, path: '/request', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/token', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/token/introspection', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/token/revocation', methods: ['POST', 'OPTIONS'] },
  { ...back, path: '/userinfo', methods: ['GET', 'POST', 'OPTIONS'] },
  { ...metadata, path: '/jwks', errors: 'oauth', methods: published },
  { ...metadata, path: '/.well-known/openid-configuration', methods: published },
  { ...metadata, path: '/.well-known/oauth-authorization-server', methods: published },
  { ...page, path: '/session/end', methods: ['GET', 'POST'] },
  { ...page, path: '/session/end/confirm', methods: ['POST'] },
  { ...page, path: '/session/end/success', methods: ['GET', 'HEAD'] },
]

export function endpointAt(path: string): ProviderEndpoint | undefined {
  const known = path.replace(/^\/auth\/[^/]+$/, '/auth/:visit')
  return endpoints.find((endpoint) => endpoint.path === known)
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
