// How many errors a request to the userinfo endpoint of oidc-provider makes that nobody throws, and what one costs.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { errors, Provider } from 'oidc-provider'
import { compare } from './compare.mjs'

// InvalidToken as it is, without the second line of its constructor: `Error` has captured the stack already.
class CapturedOnce extends errors.OIDCProviderError {
  error_description = 'invalid token provided'

  constructor(options) {
    super(401, 'invalid_token', options)
    Object.assign(this, { error_detail: this.error_detail })
  }
}

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`
const clientId = 'client'
const accountId = 'somebody'
const { info, warn } = console
// Notices of lifetimes that nobody set, keys of development, and the adapter in memory.
Object.assign(console, { info: () => {}, warn: () => {} })
const provider = new Provider(issuer, {
  clients: [
    { client_id: clientId, client_secret: 'secret', redirect_uris: ['https://client.test/cb'] },
  ],
  findAccount: () => ({ accountId, claims: () => ({ sub: accountId }) }),
})
const handle = provider.callback()
server.on('request', (request, response) => void handle(request, response))

const grant = new provider.Grant({ clientId, accountId })
grant.addOIDCScope('openid')
const grantId = await grant.save()
const client = await provider.Client.find(clientId)
const token = new provider.AccessToken({
  client,
  accountId,
  grantId,
  scope: 'openid',
  gty: 'authorization_code',
})
const headers = { authorization: `Bearer ${await token.save()}` }

const capture = Error.captureStackTrace
let made = 0
Error.captureStackTrace = (error, ...rest) => {
  if (error instanceof errors.OIDCProviderError) made++
  capture(error, ...rest)
}
const answer = await fetch(`${issuer}/me`, { headers })
Error.captureStackTrace = capture
assert.deepEqual([answer.status, await answer.json()], [200, { sub: accountId }])
process.stdout.write(`a request that succeeds made ${made} errors (with a DPoP proof: one more)\n`)
Object.assign(console, { info, warn })
server.close()

await compare('an assertion that holds', {
  'ctx.assert(value, new InvalidToken(…))': () => asserted({}),
  'if (!value) throw new InvalidToken(…)': () => checked({}),
})
await compare('an error that is thrown', {
  'stack captured twice, as now': () => new errors.InvalidToken('access token not found'),
  'stack captured once, by Error': () => new CapturedOnce('access token not found'),
})

function httpAssert(value, error) {
  if (!value) throw error
}
function asserted(value) {
  httpAssert(value, new errors.InvalidToken('access token not found'))
}
function checked(value) {
  if (!value) throw new errors.InvalidToken('access token not found')
}
