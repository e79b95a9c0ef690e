import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import type { Service } from '../../src/registry/index.ts'
import { readRegister } from '../../src/registry/index.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { unservable } from '../support/unservable.ts'
import { everything, writeFiles } from './whole-register.ts'
import { given } from '../support/seals.ts'
import { inDays } from '../support/time.ts'
import { registerCommand } from '../support/commands.ts'

let fresh: FreshDatabase
let db: Database
let dir: string

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

beforeEach(() => {
  dir = newFolder()
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(file: string, text: string | Buffer): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), text)
}

async function refusal(...words: string[]): Promise<string> {
  const refused: unknown = await registerCommand(db, words, new Date(), unservable, given).catch(
    (e: unknown) => e,
  )
  expect(refused).toBeInstanceOf(OperatorError)
  return (refused as OperatorError).message // just seen
}

const category = `# A comment.
category_id: cat_income
version: 1
label: { fr: Revenu, en: Income }
plain_description:
  fr: Votre revenu.
  en: Your income.
example: { fr: 1, en: One }
sensitivity: ordinary
`

/** The category's file with one text in place of another. */
function withText(text: string, other: string): string {
  if (!category.includes(text)) throw new Error(`the file has no ${text}`)
  return category.replace(text, other)
}

const good = withText('{ fr: 1, en: One }', "{ fr: '1', en: One }")

describe('an error in a file is reported with line and sentence', () => {
  test.each<[string, string, string[]]>([
    [
      'a number where a text is due',
      category,
      [
        '8: example.fr must be a text: in quotation marks if it looks like a number, a day or yes and no',
      ],
    ],
    [
      'a field that is missing, at what it is missing in',
      good.replace("{ fr: '1', en: One }", '{ fr: un }'),
      ['8: example.en is missing'],
    ],
    [
      'one that is missing in what goes over several lines, at its name',
      good.replace('  en: Your income.\n', ''),
      ['5: plain_description.en is missing'],
    ],
    [
      'a field missing at the top, at the first line that is no comment',
      good.replace('sensitivity: ordinary\n', ''),
      ['2: sensitivity is missing'],
    ],
    [
      'a misspelt field, beside the one that is missing',
      good.replace('sensitivity', 'sensitivty'),
      ['2: sensitivity is missing', '9: sensitivty is not a field that this file may have'],
    ],
    [
      'a misspelt field within another',
      good.replace('en: Your income.', 'en: Your income.\n  es: Renta.'),
      ['8: plain_description.es is not a field that this file may have'],
    ],
    [
      'a choice that is none',
      good.replace('ordinary', 'secret'),
      ['9: sensitivity must be one of ordinary, sensitive'],
    ],
    ['a version below one', good.replace('n: 1', 'n: 0'), ['3: version must be at least 1']],
    ['no whole number', good.replace('n: 1', 'n: one'), ['3: version must be a whole number']],
    [
      'two things at once',
      good.replace('Votre revenu.', "' '").replace('Income', "''"),
      ['4: label.en must not be blank', '6: plain_description.fr must not be blank'],
    ],
    [
      'a list instead of fields',
      '\n- category_id: cat_income\n',
      ['2: the file must be a group of fields'],
    ],
    ['nothing', '', ['1: the file must be a group of fields']],
    [
      'a key twice',
      `${good}version: 2\n`,
      ['10: the file is no YAML here: Map keys must be unique'],
    ],
    [
      'two documents',
      `${good}---\n${good}`,
      ['10: the file is no YAML here: a file holds one object, without ---'],
    ],
    [
      'a tag of a language',
      good.replace('ordinary', '!!js/function ordinary'),
      ['9: the file is no YAML here: Unresolved tag: tag:yaml.org,2002:js/function'],
    ],
    [
      'an alias',
      good.replace('Income', '&x Income').replace('One', '*x'),
      [
        '4: the file names a part of itself, as in &name and *name',
        '8: the file names a part of itself, as in &name and *name',
      ],
    ],
    [
      'an alias of nothing',
      good.replace('Income', '*x'),
      ['4: the file names a part of itself, as in &name and *name'],
    ],
    [
      'an anchor that nothing uses',
      good.replace("{ fr: '1'", "&x { fr: '1'"),
      ['8: the file names a part of itself, as in &name and *name'],
    ],
    [
      'a zero character',
      good.replace('Votre revenu.', String.raw`"a\0b"`),
      ['6: plain_description.fr holds a character that is none'],
    ],
    [
      'another name than its own',
      good.replace('cat_income', 'cat_other'),
      ['2: the file of cat_other must be named categories/cat_other.yaml'],
    ],
    ['more than a file may hold', `${good}# ${'é'.repeat(524_288)}`, ['1: the file is over 1 MB']],
    [
      'so deep that it cannot be read',
      `label: ${'['.repeat(100_000)}`,
      [
        '1: the file is no YAML here: Maximum call stack size exceeded',
        '1: the file is no YAML here: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
  ])('%s', async (_, text, said) => {
    write('categories/cat_income.yaml', text)
    const { objects, problems } = await readRegister(dir)
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual(said)
    expect(problems.map(({ file }) => file)).toEqual(said.map(() => 'categories/cat_income.yaml'))
    expect(objects).toEqual([])
  })

  test('a correct file is not reported', async () => {
    write('categories/cat_income.yaml', good)
    expect(await readRegister(dir)).toMatchObject({ problems: [], objects: [{ id: 'cat_income' }] })
  })
})

test('a file that is not UTF-8 is reported with the line, in any folder', async () => {
  const [before = '', after = ''] = good.split('Votre revenu.')
  const latin = Buffer.concat([
    Buffer.from(before),
    Buffer.from([0x52, 0xe9, 0x65]),
    Buffer.from(after),
  ])
  const wide = Buffer.from(`\ufeff${good}`, 'utf16le')
  write('categories/cat_income.yaml', latin)
  write('services/giver.yaml', wide)
  expect((await readRegister(dir)).problems).toEqual([
    { file: 'categories/cat_income.yaml', line: 6, message: 'the file is not UTF-8 here' },
    { file: 'services/giver.yaml', line: 1, message: 'the file is not UTF-8 here' },
  ])
})

test('an endless file and a path that is no file are refused at once', async () => {
  write('categories/cat_income.yaml', good)
  symlinkSync('/dev/zero', join(dir, 'categories/cat_endless.yaml'))
  expect((await readRegister(dir)).problems).toEqual([
    { file: 'categories/cat_endless.yaml', line: 1, message: 'it is no file' },
  ])
})

test('of two files with one id the second is reported, with the place of the first', async () => {
  write('categories/cat_income.yaml', good)
  write('categories/cat_copy.yaml', good)
  expect(await refusal('plan', dir)).toContain(
    '  - categories/cat_copy.yaml:2: categories/cat_income.yaml is the file of cat_income: two files have one id',
  )
})

describe('a service that could not be served is refused by plan and by apply', () => {
  const key = `{ kty: EC, crv: P-256, x: ${'A'.repeat(43)}, y: ${'A'.repeat(43)} }`
  const service = `client_id: giver
version: 1
name: { fr: Essai, en: Trial }
organisation: org_giver
redirect_uris:
  - https://giver.test/cb
  - https://giver.test/other
jwks:
  keys:
    - ${key}
`
  const small = Buffer.alloc(128, 0xff).toString('base64url')
  const public_ = service.slice(0, service.indexOf('jwks:'))

  test.each<[string, string, string[]]>([
    [
      'an address without TLS',
      service.replace('https://giver.test/other', 'http://giver.test/other'),
      ['7: http://giver.test/other must begin with https://'],
    ],
    [
      'one that is not to be called, and a field that is none, each at its line',
      `${service}backchannel_logout_uri: http://giver.test/out\nredirect_url: https://giver.test\n`,
      [
        '11: http://giver.test/out must begin with https://',
        '12: redirect_url is not a field that this file may have: redirect_uris?',
      ],
    ],
    [
      'a port that is none, and one that no browser writes',
      service
        .replace('giver.test/cb', 'giver.test:0/cb')
        .replace('giver.test/other', 'giver.test:051004/other'),
      [
        '6: https://giver.test:0/cb must have a port of 1 to 65535, without zeros before it',
        '7: https://giver.test:051004/other must have a port of 1 to 65535, without zeros before it',
      ],
    ],
    [
      'a key whose name is a number',
      service.replace('kty: ', 'kid: 7, kty: '),
      [
        '10: jwks.keys.0.kid must be a text: in quotation marks if it looks like a number, a day or yes and no',
      ],
    ],
    [
      'what only the library knows: a fragment',
      service.replace('giver.test/other', 'giver.test/other#part'),
      ['5: redirect_uris must not contain fragments'],
    ],
    [
      'a grant that is not given here',
      `${service}grant_types: [authorization_code, implicit]\n`,
      [
        '11: grant_types may have authorization_code, refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:device_code, urn:openid:params:grant-type:ciba under profile fapi',
      ],
    ],
    [
      'a way to authenticate that is not taken here',
      `${service}token_endpoint_auth_method: client_secret_basic\n`,
      ['11: token_endpoint_auth_method must be private_key_jwt or none'],
    ],
    [
      'a profile that is none, and an audience that is none',
      `${service}profile: basic\nassertion_audience: everybody\n`,
      [
        '11: profile must be one of fapi, baseline, native, legacy',
        '12: assertion_audience must be one of issuer, token_endpoint, both',
      ],
    ],
    [
      'a claim that no service may be mapped to, one without a purpose, or with one that is no text',
      `${service}claims:\n  name: {}\n  email: { purpose: { fr: '<b>', en: Write }, optional: maybe }\n`,
      [
        '12: claims.name is not a field that this file may have',
        '13: claims.email.purpose.fr must be plain text, without < > { } or *',
        '13: claims.email.optional must be true or false',
      ],
    ],
    [
      'what the strict profile does not take',
      `${service}assertion_audience: token_endpoint\ntoken_endpoint_auth_signing_alg: RS256\n`,
      [
        '11: assertion_audience is not for profile fapi',
        '12: token_endpoint_auth_signing_alg must be ES256 or PS256',
      ],
    ],
    [
      'signed requests by an algorithm of another profile',
      `${service}request_object_signing_alg: RS256\n`,
      ['11: request_object_signing_alg must be ES256 or PS256'],
    ],
    [
      'signed requests that are demanded without an algorithm',
      `${service}require_signed_request_object: true\n`,
      ['11: require_signed_request_object needs request_object_signing_alg'],
    ],
    [
      'signed requests of a service without a key',
      `${public_}profile: legacy
until: '${inDays(30)}'
reason: { fr: Essai, en: Trial }
request_object_signing_alg: ES256
`,
      ['11: request_object_signing_alg is not for profile legacy'],
    ],
    [
      'answers in a fragment',
      `${service}response_modes: [query, fragment]\n`,
      ['11: response_modes.1 must be one of query, form_post, jwt, query.jwt, form_post.jwt'],
    ],
    [
      'answers by a form for an application on a device',
      `${public_}profile: native\nresponse_modes: [query, form_post]\n`,
      ['9: response_modes may have query under profile native'],
    ],
    [
      'answers that are signed by a key which is not there',
      `${service}profile: baseline\nauthorization_signed_response_alg: PS256\n`,
      [
        "12: authorization_signed_response_alg must be 'ES256': no other algorithm has a key here (accord keys create --rsa)",
      ],
    ],
    [
      'encryption by a secret, by another content, and without a key for it',
      `${service}id_token_encrypted_response_alg: dir\nid_token_encrypted_response_enc: A128CBC-HS256\n`,
      [
        '11: id_token_encrypted_response_alg must be one of RSA-OAEP-256, ECDH-ES, ECDH-ES+A256KW',
        '12: id_token_encrypted_response_enc must be A256GCM',
      ],
    ],
    [
      'encryption without a key for it',
      `${service}id_token_encrypted_response_alg: ECDH-ES\nuserinfo_signed_response_alg: ES256\nuserinfo_encrypted_response_alg: RSA-OAEP-256\n`,
      [
        '11: id_token_encrypted_response_alg needs a key of use enc for ECDH-ES in jwks',
        '13: userinfo_encrypted_response_alg needs a key of use enc for RSA-OAEP-256 in jwks',
      ],
    ],
    [
      'encryption of answers that are not signed',
      `${public_}jwks_uri: https://giver.test/jwks\nuserinfo_encrypted_response_alg: ECDH-ES\n`,
      ['9: userinfo_encrypted_response_alg needs userinfo_signed_response_alg'],
    ],
    [
      'signed introspection and encryption, for who has no key and no API',
      `${public_}profile: native
introspection_signed_response_alg: ES256
id_token_encrypted_response_alg: ECDH-ES
`,
      [
        '9: introspection_signed_response_alg is not for profile native',
        '10: id_token_encrypted_response_alg is not for profile native',
      ],
    ],
    [
      'what signs nobody in, in a profile for sign-in alone',
      `${service}profile: baseline
token_endpoint_auth_method: none
authorization_details_types: [https://accord.test/rar/communication/v1]
resource_server: https://giver.test/api
first_party: true
grant_types:
  - authorization_code
  - refresh_token
  - client_credentials
`,
      [
        '12: token_endpoint_auth_method must be private_key_jwt',
        '13: authorization_details_types is not for profile baseline',
        '14: resource_server is not for profile baseline',
        '15: first_party is not for profile baseline',
        '18: grant_types may have authorization_code, urn:ietf:params:oauth:grant-type:device_code, urn:openid:params:grant-type:ciba under profile baseline',
        '19: grant_types may have authorization_code, urn:ietf:params:oauth:grant-type:device_code, urn:openid:params:grant-type:ciba under profile baseline',
      ],
    ],
    [
      'a grant that needs a key, where there is none',
      `${service}token_endpoint_auth_method: none
grant_types: [authorization_code, 'urn:ietf:params:oauth:grant-type:device_code']
`,
      [
        '12: urn:ietf:params:oauth:grant-type:device_code needs token_endpoint_auth_method private_key_jwt',
      ],
    ],
    [
      'requests that people sign in, with half of what they need',
      `${service}backchannel_client_notification_endpoint: http://giver.test/answered
grant_types: ['urn:openid:params:grant-type:ciba']
backchannel_token_delivery_mode: poll
request_object_signing_alg: ES256
require_signed_request_object: true
`,
      [
        '11: backchannel_client_notification_endpoint is for ping',
        '11: http://giver.test/answered must begin with https://',
        '12: urn:openid:params:grant-type:ciba stands beside authorization_code',
        '15: require_signed_request_object is not for a service with urn:openid:params:grant-type:ciba',
      ],
    ],
    [
      'an answer that is told nowhere, and a mode without its grant',
      `${service}backchannel_token_delivery_mode: ping\n`,
      [
        '11: backchannel_token_delivery_mode needs urn:openid:params:grant-type:ciba in grant_types',
      ],
    ],
    [
      'addresses that are called, at this machine, at this broker and at another port',
      `${service.replace(/jwks:[^]*/, 'jwks_uri: https://giver.test:8443/keys')}
backchannel_logout_uri: http://localhost:3000/session/end
`,
      [
        '8: https://giver.test:8443/keys must be at port 443',
        '9: http://localhost:3000/session/end is an address of this broker',
      ],
    ],
    [
      'a secret of a native application, and an address that another may answer',
      `${service.replace('https://giver.test/other', 'http://localhost/other')}profile: native
assertion_audience: issuer
application_type: web
`,
      [
        '7: http://localhost/other must begin with https:// or http://127.0.0.1/',
        '8: jwks is not for profile native',
        '12: assertion_audience is not for profile native',
        '13: application_type must be native',
      ],
    ],
    [
      'an exception without an end and a reason',
      `${service}profile: legacy\n`,
      [
        '8: jwks is not for profile legacy',
        '11: until is missing: profile legacy is an exception',
        '11: reason is missing: profile legacy is an exception',
      ],
    ],
    [
      'an exception that is over, and its members elsewhere',
      `${service}until: '2020-01-05'\nreason: { fr: Essai, en: Trial }\n`,
      [
        '11: until is not for profile fapi',
        '11: until is past: 2020-01-05',
        '12: reason is not for profile fapi',
      ],
    ],
    [
      'an exception for too long, and a secret in the file',
      `${public_}profile: legacy
until: '2099-01-05'
reason: { fr: Essai, en: Trial }
client_secret: secret
id_token_signed_response_alg: HS256
token_endpoint_auth_method: client_secret_jwt
`,
      [
        `9: until is more than two years away: ${dayAfter(dayOf(new Date()), 'P2Y')} at the latest`,
        '11: client_secret is not a field that this file may have',
        '12: id_token_signed_response_alg must be ES256 or RS256 or PS256',
        '13: token_endpoint_auth_method must be client_secret_basic or client_secret_post',
      ],
    ],
    [
      'an algorithm of ID tokens that has no key here',
      `${service}profile: baseline\nid_token_signed_response_alg: RS256\n`,
      [
        "12: id_token_signed_response_alg must be 'ES256': no other algorithm has a key here (accord keys create --rsa)",
      ],
    ],
    [
      'a small RSA key',
      service.replace(key, `{ kty: RSA, e: AQAB, n: ${small} }`),
      ['10: an RSA key must have 2048 bits or more'],
    ],
    ['no key', public_, ['1: jwks or jwks_uri is mandatory for this client']],
    [
      'a private key',
      service.replace('y: A', 'd: B, y: A'),
      ['8: jwks.keys[0].d must not be provided for EC keys'],
    ],
    [
      'the name of the broker itself',
      service.replace('client_id: giver', 'client_id: accord'),
      ['1: accord is the broker itself'],
    ],
    [
      'one that is suspended',
      `${service.replace('giver.test/other', 'giver.test/other#part')}status: suspended\n`,
      ['5: redirect_uris must not contain fragments'],
    ],
  ])('%s', async (_, text, said) => {
    const file = text.includes('client_id: accord') ? 'services/accord.yaml' : 'services/giver.yaml'
    writeFiles(
      dir,
      everything.filter(({ kind }) => kind === 'organisation' || kind === 'category'),
    )
    write(file, text)
    const found = await refusal('plan', dir)
    const services = found.split('\n').filter((line) => line.includes('services/'))
    expect(services).toEqual(said.map((line) => `  - ${file}:${line}`))
    expect(await refusal('apply', dir)).toBe(found)
    expect(await db('registerObjects').count()).toEqual([{ count: '0' }])
  })
})

test('what the schema lets pass is told in words: a key without its number, an address that is none', () => {
  const service = {
    serviceId: 'giver',
    orgId: 'org_giver',
    profile: 'fapi',
    metadata: {
      redirect_uris: ['https://giver.test/cb'],
      jwks: { keys: [{ kty: 'RSA', e: 'AQAB' }] },
    },
  } as Partial<Service> as Service // a schema has nothing else to say of it
  expect(unservable(service)).toEqual([
    { path: ['jwks'], message: 'jwks.keys[0].n must be a non-empty string for RSA keys' },
  ])
  const metadata = { ...service.metadata, client_uri: 'giver' }
  expect(unservable({ ...service, metadata })).toEqual([
    { path: ['client_uri'], message: 'giver must begin with https://' },
  ])
})

test.each([33, 500])('a free member of RFC 7591 must not be %s deep', async (depth) => {
  const deep = '['.repeat(depth) + ']'.repeat(depth)
  write(
    'services/giver.yaml',
    `client_id: giver\nversion: 1\nname: { fr: a, en: b }\norganisation: org_giver
redirect_uris: [https://giver.test/cb]\nmore:\n  ${deep}\n`,
  )
  expect((await readRegister(dir)).problems).toEqual([
    { file: 'services/giver.yaml', line: 7, message: 'the file is nested over 32 deep' },
  ])
})

test('an infinite number in a free member of RFC 7591 is refused', async () => {
  write(
    'services/giver.yaml',
    `client_id: giver\nversion: 1\nname: { fr: a, en: b }\norganisation: org_giver
redirect_uris: [https://giver.test/cb]\nmore:\n  deep: [1, .inf]\n`,
  )
  expect((await readRegister(dir)).problems).toEqual([
    { file: 'services/giver.yaml', line: 7, message: 'more.deep.1 is no number that JSON knows' },
  ])
})

test('a file with another extension, or no file, is reported', async () => {
  write('categories/cat_income.yaml', good)
  write('categories/cat_other.yml', good)
  write('categories/README.md', 'words')
  mkdirSync(join(dir, 'categories/cat_folder.yaml'))
  write('datasets', 'a file')
  expect((await readRegister(dir)).problems).toEqual([
    { file: 'categories', message: 'cat_other.yml: a file of a register ends in .yaml' },
    { file: 'categories/cat_folder.yaml', line: 1, message: 'it cannot be read (EISDIR)' },
    { file: 'datasets', message: 'it cannot be read (ENOTDIR)' },
  ])
})

const agreement = `agreement_id: agr_one
version: 1
legal_basis_id: agreement_68_1
holder_org_id: org_giver
recipient_org_id: org_taker
datasets:
  - dataset_id: dst_notice@1
    categories:
      - cat_income
      - cat_health
purposes:
  - pur_aid@2
duration: { from: '2026-01-05' }
in_force_from: '2026-01-05'
cai_received_on: '2025-12-20'
pia_conclusion_date: '2025-11-01'
transmission_method: API
periodicity: yearly
status: in_force
`

test('faults of references are reported at their lines, for all files at once, each fault once', async () => {
  writeFiles(
    dir,
    everything.filter(({ kind }) => kind !== 'agreement' && kind !== 'text'),
  )
  write('agreements/agr_one.yaml', agreement)
  write(
    'categories/cat_children.yaml',
    good.replace('cat_income', 'cat_children').replace('ordinary', 'x'),
  )
  write(
    'organisations/org_child.yaml',
    `org_id: org_child
version: 1
name: { fr: Enfant, en: Child }
parent_org_id: org_nowhere
status: active
`,
  )
  const said = await refusal('apply', dir)
  expect(said.split('\n')).toEqual([
    'The register cannot be applied; nothing was:',
    '  - agreements/agr_one.yaml:1: law is missing: an agreement under agreement_68_1 must name its Act, its section and where people read it',
    '  - agreements/agr_one.yaml:1: security_measures_summary is missing: an agreement under agreement_68_1 that is in_force must say it',
    '  - agreements/agr_one.yaml:10: dst_notice@1 has no category cat_health',
    '  - agreements/agr_one.yaml:12: pur_aid@2 is neither in the files nor in the register',
    '  - agreements/agr_one.yaml:14: the law puts 30 days between the day on which the Commission d’accès à l’information received an agreement and its first day: in_force_from must be 2026-01-19 or later',
    '  - categories/cat_children.yaml:9: sensitivity must be one of ordinary, sensitive',
    '  - organisations/org_child.yaml:4: org_nowhere is neither in the files nor in the register',
  ])
  expect(await refusal('plan', dir)).toBe(said)
  expect(await db('registerObjects').count()).toEqual([{ count: '0' }])
})

test('the JSON output has the same faults', async () => {
  write('categories/cat_income.yaml', good.replace('ordinary', 'secret'))
  for (const deed of ['plan', 'apply'])
    expect(JSON.parse(await refusal(deed, dir, '--json'))).toEqual({
      problems: [
        {
          file: 'categories/cat_income.yaml',
          line: 9,
          message: 'sensitivity must be one of ordinary, sensitive',
        },
      ],
    })
})

test('a change that breaks an object without a file is reported too', async () => {
  writeFiles(dir, everything)
  await registerCommand(db, ['apply', dir], new Date(), unservable, given)
  rmSync(dir, { recursive: true })
  write('categories/cat_income.yaml', good.replace('n: 1', 'n: 2').replace('ordinary', 'sensitive'))
  expect((await refusal('apply', dir)).split('\n').slice(1)).toEqual([
    '  - agreements/agr_one.yaml (as applied): cat_income is sensitive: the legal_basis_id must be consent_59_sensitive',
  ])
})
