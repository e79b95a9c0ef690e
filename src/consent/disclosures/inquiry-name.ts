import { fromBase64url } from '../../base/values/base64.ts'
import { newUuid, timeOfId } from '../../base/values/ids.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { formToken, isToken } from '../../base/web/forms.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { IntrospectedDetail, SharingIdentifiers } from './rows.ts'

// The name of one introspection, by which its holder may say why nothing followed. Nothing is kept for it: it says which sharing it is of,
// in what the holder knows already, and our mark makes it genuine.

type Contents = Omit<SharingIdentifiers, 'holder'> & {
  readonly id: string
  /** The holder's identifier of the person. */
  readonly sub: string
}

/** What a name says: the introspection's own id, and the sharing. */
export type InquiryNamed = { readonly excuseId: string; readonly inquiring: IntrospectedDetail }

export function nameInquiry(
  keys: Pick<Keys, 'cookie'>,
  pairwise: Pairwise,
  { personId, detail, at }: IntrospectedDetail,
): string {
  const { identifier, purpose, agreement, recipient, holder, consent_id } = detail
  const shared = { identifier, purpose, agreement, recipient }
  const contents: Contents = {
    id: newUuid(at),
    sub: pairwise.subject(personId, holder),
    ...shared,
    ...(consent_id === undefined ? {} : { consent_id }),
  }
  const text = JSON.stringify(contents)
  return `${Buffer.from(text).toString('base64url')}.${formToken(keys, boundTo(holder, text))}`
}

/** What a name says to the holder that it was given to; undefined: it is not one of its names. */
export function readInquiry(
  keys: Pick<Keys, 'cookie'>,
  pairwise: Pairwise,
  { name, holder }: { readonly name: string; readonly holder: string },
): InquiryNamed | undefined {
  const [encoded = '', mark, ...more] = name.split('.')
  const text = fromBase64url(encoded)?.toString() ?? ''
  if (more.length > 0 || !isToken(keys, boundTo(holder, text), mark)) return undefined
  const { id, sub, ...shared } = JSON.parse(text) as Contents // it bears our mark: written above
  const personId = pairwise.person(sub, holder)
  if (personId === undefined) return undefined
  const inquiring = { personId, detail: { ...shared, holder }, at: timeOfId(id) }
  return { excuseId: id, inquiring }
}

function boundTo(holder: string, text: string): string {
  return `inquiry:${holder}:${text}`
}
