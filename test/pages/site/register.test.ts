import { expect, test } from 'vitest'
import { registerPage } from '../../../src/pages/site/changes.ts'
import type {
  IdentityProvider,
  RegisterChange,
  RegisterSigner,
  Service,
} from '../../../src/registry/index.ts'

// Who changes the register, in public (decision 0107).

const now = new Date('2026-11-24T15:00:00.000Z')

function signer(name: string, change: Partial<RegisterSigner> = {}): RegisterSigner {
  return {
    ...versioned(`sig_${name}`, 1),
    office: { fr: `Bureau ${name}`, en: `Office ${name}` },
    organisation: 'Une régie',
    publicKey: name,
    from: '2026-01-05',
    until: undefined,
    ...change,
  }
}

function change(no: number, by: readonly string[]): RegisterChange {
  return {
    ...versioned(`chg_${no}`, no),
    reason: { fr: `Raison ${no}`, en: `Reason ${no}` },
    plannedAt: now,
    objects: [{ kind: 'agreement', ref: 'agr_one@1' }],
    signers: by,
  }
}

function versioned(id: string, no: number) {
  return { id, version: 1, ref: `${id}@1`, no, root: no, appliedAt: now }
}

function service(profile: string): Service {
  return {
    serviceId: profile,
    orgId: 'org_one',
    name: { fr: `Service ${profile}`, en: `${profile} service` },
    description: undefined,
    organisationName: { fr: 'Organisme', en: 'Body' },
    resourceServer: undefined,
    profile: profile as Service['profile'], // one of the names above
    assertionAudience: undefined,
    claims: [],
    matching: undefined,
    ref: 'service@1',
    exception:
      profile === 'legacy'
        ? { until: '2027-06-30', reason: { fr: 'Un essai.', en: 'A trial.' } }
        : undefined,
    metadata: {},
  }
}

function provider(ceiling: IdentityProvider['ceiling']): IdentityProvider {
  return {
    ...versioned(ceiling.endsWith('2') ? 'two' : 'one', 1),
    name: { fr: `Compte ${ceiling}`, en: `Account ${ceiling}` },
    issuer: 'https://id.elsewhere.test/realm',
    clientId: 'accord',
    secret: undefined,
    scopes: ['openid'],
    levels: new Map(),
    ceiling,
    vouchesFor: ceiling.endsWith('2') ? ['given_name', 'birthdate'] : [],
    claimsFrom: 'id_token',
    status: 'active',
  }
}

function shown(signers: readonly RegisterSigner[], changes: readonly RegisterChange[] = []) {
  const find = (ref: string) => signers.find((one) => one.ref === ref)
  const services = new Map(['fapi', 'legacy', 'baseline'].map((name) => [name, service(name)]))
  const identityProviders = new Map(
    (['urn:accord:aal:2', 'urn:accord:aal:1'] as const).map((ceiling) => [
      ceiling,
      provider(ceiling),
    ]),
  )
  const names = { signer: find, organisation: () => undefined }
  return registerPage({ signers, changes, ...names, services, identityProviders }, 'en', now)
}

test('the page says that nobody signs until two do; one whose term is over signs no more', () => {
  const [one, two] = [signer('one'), signer('two')]
  expect(shown([]).isSigned).toBe(false)
  expect(shown([one]).isSigned).toBe(false)
  expect(shown([one, two]).isSigned).toBe(true)
  const over = signer('two', { until: '2026-11-23' })
  expect(shown([one, over])).toMatchObject({
    isSigned: false,
    signers: [{ office: 'Office one', organisation: 'Une régie' }],
  })
  expect(shown([one, signer('two', { from: '2026-11-25' })]).isSigned).toBe(false)
})

test('it lists the latest changes first, fifty at most, with who signed them and why', () => {
  const many = Array.from({ length: 60 }, (_, i) => change(i + 1, ['sig_one@1', 'sig_gone@1']))
  const { changes } = shown([signer('one')], many)
  expect(changes).toHaveLength(50)
  expect(changes[0]).toEqual({
    at: now,
    reason: 'Reason 60',
    by: ['Office one', 'sig_gone@1'],
    objects: 1,
    href: '/register/objects/change/chg_60@1.json',
  })
})

test('it lists the services by name, each with what it may do, and an exception with its end', () => {
  expect(shown([]).services).toEqual([
    { name: 'baseline service', organisation: 'Body', profile: 'baseline', claims: [] },
    { name: 'fapi service', organisation: 'Body', profile: 'fapi', claims: [] },
    {
      name: 'legacy service',
      organisation: 'Body',
      profile: 'legacy',
      claims: [],
      exception: { until: new Date('2027-06-30T04:00:00.000Z'), reason: 'A trial.' },
    },
  ])
})

test('it says whose sign-ins people may use here, by name, and whether one is enough for two proofs, and what it is believed about them', () => {
  expect(shown([]).providers).toEqual([
    {
      name: 'Account urn:accord:aal:1',
      host: 'id.elsewhere.test',
      isStrong: false,
      vouchesFor: [],
    },
    {
      name: 'Account urn:accord:aal:2',
      host: 'id.elsewhere.test',
      isStrong: true,
      vouchesFor: ['given_name', 'birthdate'],
    },
  ])
})
