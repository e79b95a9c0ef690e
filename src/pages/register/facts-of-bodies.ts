import { sayTelephone } from '../../base/web/contact.ts'
import type { FileOf, Kind } from '../../registry/index.ts'
import { claimNames } from '../../registry/index.ts'
import { listOf } from './lists.ts'
import type { Fact, FactTeller } from './fact-builder.ts'

export function organisationFacts(file: FileOf<'organisation'>, tell: FactTeller): Fact[] {
  const { fact, said, day } = tell
  const { contact, desk } = file
  return [
    ...fact('summary', 'body-kind', file.kind && tell.value('body-kind', file.kind)),
    ...fact('summary', 'parent-body', file.parent_org_id && tell.body(file.parent_org_id)),
    ...fact('summary', 'officer', [said(file.privacy_officer_title), file.privacy_officer_contact]),
    ...fact('summary', 'policy', tell.outside(file.policy_url)),
    ...fact('summary', 'complaint', tell.outside(file.complaint_url)),
    ...fact('table', 'name', said(file.name)),
    ...fact('table', 'short-name', said(file.short_name)),
    ...fact(
      'table',
      'contact',
      contact && [
        said(contact.name),
        sayTelephone(contact.telephone),
        said(contact.hours),
        said(contact.address),
      ],
    ),
    ...fact(
      'table',
      'desk',
      desk && [
        said(desk.hours),
        desk.telephone && sayTelephone(desk.telephone),
        said(desk.address),
      ],
    ),
    ...fact('specialists', 'desk-networks', desk?.networks?.join(', ')),
    ...fact(
      'table',
      'jurisdiction',
      file.jurisdiction && tell.value('jurisdiction', file.jurisdiction),
    ),
    ...fact('table', 'status', tell.value('status', file.status)),
    ...fact('table', 'since', day(file.status_since)),
    ...fact('table', 'wording', said(file.wording_change?.reason)),
    ...fact('specialists', 'neq', file.neq),
    ...fact('specialists', 'begins', day(file.valid_from)),
    ...fact('specialists', 'ends', day(file.valid_until)),
    ...fact('specialists', 'jwks', file.jwks_uri),
  ]
}

/** A service and its profile: what is demanded of it, and what it asks people for. */
export function serviceFacts(file: FileOf<'service'>, tell: FactTeller): Fact[] {
  const { fact, said, day, t } = tell
  const { profile = 'fapi', claims = {} } = file
  return [
    ...fact('table', 'description', said(file.description)),
    ...fact('summary', 'body', tell.body(file.organisation)),
    ...fact('summary', 'profile', t('register.profile', { profile })),
    ...fact(
      'summary',
      'claims',
      claimNames.map((name) => {
        const claim = claims[name]
        if (claim === undefined) return undefined
        return t('register.value.claim', {
          claim: t(`claims.label.${name}`),
          optional: claim.optional ? 'yes' : 'no',
          purpose: claim.purpose[tell.language],
        })
      }),
    ),
    ...fact('summary', 'matching', said(file.matching?.purpose)),
    ...fact('summary', 'sign-in-time', said(file.max_age?.because)),
    ...fact('summary', 'exception', [day(file.until), said(file.reason)]),
    ...fact('table', 'name', said(file.name)),
    ...fact('table', 'status', tell.value('status', file.status)),
    ...fact('table', 'first-party', file.first_party === true ? tell.yesNo(true) : undefined),
    ...fact('specialists', 'resource-server', file.resource_server),
    ...fact('specialists', 'redirects', file.redirect_uris),
    ...fact('specialists', 'jwks', file.jwks_uri),
    ...fact('specialists', 'authentication', lineIn(file['token_endpoint_auth_method'])),
    ...fact('specialists', 'audience', file.assertion_audience),
  ]
}

// A member of RFC 7591, which the provider has checked.
function lineIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function providerFacts(file: FileOf<'identity-provider'>, tell: FactTeller): Fact[] {
  const { fact, said, t } = tell
  return [
    ...fact('summary', 'host', new URL(file.issuer).host),
    ...fact(
      'summary',
      'believed',
      file.vouches_for.map((claim) => t(`claims.label.${claim}`)),
    ),
    ...fact('summary', 'status', tell.value('status', file.status)),
    ...fact('table', 'name', said(file.name)),
    ...fact('table', 'ceiling', file.ceiling),
    ...fact('specialists', 'issuer', file.issuer),
    ...fact('specialists', 'scopes', file.scopes),
    ...fact(
      'specialists',
      'levels',
      file.levels.map(({ acr, level }) => `${acr} → ${level}`),
    ),
  ]
}

export function signerFacts(file: FileOf<'signer'>, tell: FactTeller): Fact[] {
  const { fact, said, day } = tell
  return [
    ...fact('summary', 'office', said(file.office)),
    ...fact('summary', 'body', tell.body(file.organisation)),
    ...fact('summary', 'begins', day(file.from)),
    ...fact('summary', 'ends', day(file.until)),
    ...fact('specialists', 'public-key', file.public_key),
  ]
}

/** The most versions of one change that its page names; the rest is in its document. */
const mostNamed = 200

export function changeFacts(file: FileOf<'change'>, tell: FactTeller): Fact[] {
  const { fact, said, t, register, language } = tell
  return [
    ...fact(
      'summary',
      'signed-by',
      file.signatures.map(({ signer }) => register.signer(signer)?.office[language] ?? signer),
    ),
    ...fact(
      'summary',
      'brings',
      file.objects.slice(0, mostNamed).map(({ kind, id, version }) =>
        // The kinds of a change are those of the register.
        tell.link(listOf(kind as Kind), `${id}@${version}`, undefined),
      ),
    ),
    ...fact(
      'summary',
      'refused-elsewhere',
      file.refused.map(({ id, people }) => t('register.value.refused', { id, people })),
    ),
    ...fact('table', 'reason', said(file.reason)),
    ...fact('specialists', 'plan', file.plan_sha256),
    ...fact('specialists', 'epoch', String(file.epoch)),
  ]
}

export function settingFacts(file: FileOf<'setting'>, tell: FactTeller): Fact[] {
  const days = tell.t('register.value.days', { count: file.cooling_days })
  const { activity, messages } = file.retention ?? {}
  return [
    ...tell.fact('summary', 'cooling', days),
    ...tell.fact('table', 'kept-activity', tell.lasting(activity)),
    ...tell.fact('table', 'kept-messages', tell.lasting(messages)),
  ]
}
