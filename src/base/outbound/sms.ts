import type { Config } from '../settings/config.ts'
import { requireSuccess } from '../values/outbound-error.ts'
import { Undeliverable } from './mailer.ts'
import { postJson } from './guarded-http.ts'

export type Text = {
  /** E.164 */
  readonly to: string
  readonly text: string
  /** Equal for each try, so that a gateway sends it once. */
  readonly id: string
}

/** @throws Undeliverable for a number that is refused for good; any other error is worth another try */
export type Texter = (text: Text) => Promise<void>

/**
 * Texts by way of a gateway: `POST` of `{"to","text"}` with an `Idempotency-Key`, answered 2xx; 422 says that there is no such
 * number. Name and password of the URL are sent as Basic credentials. Undefined without SMS_GATEWAY_URL.
 */
export function openTexter(config: Config): Texter | undefined {
  if (config.smsGatewayUrl === undefined) return undefined
  const url = new URL(config.smsGatewayUrl.reveal())
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const authorization =
    credentials === ':'
      ? {}
      : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  Object.assign(url, { username: '', password: '' })
  return async ({ to, text, id }) => {
    const headers = { ...authorization, 'Idempotency-Key': id }
    const status = await postJson(url.href, { to, text }, headers, config.outboundAllow)
    if (status === 422) throw new Undeliverable('refused')
    requireSuccess(url.href, status)
  }
}
