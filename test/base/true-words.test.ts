import { expect, test } from 'vitest'
import english from '../../views/locales/en.json' with { type: 'json' }
import french from '../../views/locales/fr.json' with { type: 'json' }

// What may still be sent about a person is computed (src/consent/standing), and its sentences name a body: « ne peut plus recevoir ». A
// sentence of the catalogue that says « rien n’est envoyé » of its own accord is false as soon as she has a second sharing, or the law
// allows the same. Each exception says why it is true for everybody.

const said = {
  fr: french as Readonly<Record<string, string>>,
  en: english as Readonly<Record<string, string>>,
}

const everything = 'about a person about whom nothing at all is permitted'
const register = 'about a member of the register, and no person'
const signIn = 'about what a service is given at a sign-in'

const exceptions: Readonly<Record<string, string>> = {
  'circulation.no-agreement': register,
  'claims.ask.no': signIn,
  'my-access.service.inactive': 'the register does not know the service any more',
  'my-activity.standing.deceased': everything,
  'my-data.chain.doubted': everything,
  'my-data.chain.doubted-title': everything,
  'my-data.chain.what.differed': everything,
  'my-data.proofs.verify-text': 'about a file, which stays in the browser',
  'open-data.report.12-17-none': register,
  'open-data.report.67-3-none': register,
  'register.state.closed-text': register,
  'register.state.suspended-text': register,
}

const claims = {
  fr: /\brien (?:de plus |de nouveau |de sensible |d’autre )?n(?:’est|e sera|e part|e circule|e commence à circuler)(?: plus| pas| encore| jamais)?(?: (?:envoy|reçu|transmis|partag|autoris|permis|à circuler)|[ .:;,]*$| vers)|plus rien (?:n’est|ne sera|ne part) (?:envoy|reçu|transmis|partag)|ne (?:reçoi(?:t|vent)|peut (?:rien )?recevoir) (?:et n’envoie )?(?:plus )?rien|n’envoie (?:plus )?rien|ne le sera\b/i,
  en: /\bnothing (?:new |more |else |sensitive |about you )*(?:is|will be|goes|leaves|flows|begins to flow)(?: being)?(?: (?:sent|received|shared|allowed|permitted)|[ .:;,]*$| to this)|(?:gets|receives|sends) (?:and sends )?nothing|nothing is sent/i,
}

test.each(['fr', 'en'] as const)(
  'no words in %s say of their own accord that nothing is sent',
  (language) => {
    const untrue = Object.entries(said[language])
      .filter(([key, text]) => claims[language].test(text) && exceptions[key] === undefined)
      .map(([key, text]) => `${key}: ${text}`)
    expect(untrue).toEqual([])
  },
)

test.each([
  'Plus rien n’est envoyé.',
  'Rien n’est envoyé pour le moment.',
  'Dès ce moment, plus rien ne sera envoyé.',
  'Rien de nouveau n’est envoyé d’ici là.',
  'Rien ne part encore vers ce service',
])('the rule finds « %s »', (text) => {
  expect(text).toMatch(claims.fr)
})

test.each([
  'Nothing more is sent from that moment.',
  'Nothing will be sent.',
  'Nothing is sent yet',
])('the rule finds “%s”', (text) => {
  expect(text).toMatch(claims.en)
})

test('each exception is one that the rule would find', () => {
  const idle = Object.keys(exceptions).filter(
    (key) => !claims.fr.test(said.fr[key] ?? '') && !claims.en.test(said.en[key] ?? ''),
  )
  expect(idle).toEqual([])
})

test('no words ask for a user name or promise one', () => {
  // Decision 0221.
  const elsewhere = 'site.privacy.kept-accounts'
  const named = { fr: /nom d’utilisat(?:eur|rice)|identifiant de connexion/i, en: /user ?name/i }
  const found = (['fr', 'en'] as const).flatMap((language) =>
    Object.entries(said[language]).filter(
      ([key, text]) => key !== elsewhere && named[language].test(text),
    ),
  )
  expect(found).toEqual([])
  expect(['Votre nom d’utilisateur', 'Your user name']).toEqual([
    expect.stringMatching(named.fr),
    expect.stringMatching(named.en),
  ])
})

test('a refusal names its subject', () => {
  expect(refusalsThat('fr', /^(?:Ils?|Elles?|Cela|Ce n’est pas (?:encore )?possible) ?/)).toEqual(
    [],
  )
  expect(refusalsThat('en', /^(?:It|They|That|This is not possible|This waits)\b/)).toEqual([])
})

test('the text of a refusal does not say its title again', () => {
  const again = [said.fr, said.en].flatMap((words) =>
    Object.entries(words).filter(([key, title]) => {
      const text = words[key.replace(/title$/, 'text')]
      return /^refusal\..*\.title$/.test(key) && text?.startsWith(title)
    }),
  )
  expect(again).toEqual([])
})

test('a page named inside a sentence stands in quotation marks', () => {
  const bare: Readonly<Record<'fr' | 'en', RegExp>> = {
    fr: /(?<!«\u00a0)\b(?:Mon accès|Mon activité|Mes messages|Mes partages|Mes preuves)\b/,
    en: /(?<!“)\b(?:My account|My activity|My messages|What I share|My proofs)\b/,
  }
  const found = (['fr', 'en'] as const).flatMap((language) =>
    Object.entries(said[language]).filter(
      ([, text]) => /[.:;] |[.:;]$/.test(text) && bare[language].test(text),
    ),
  )
  expect(found).toEqual([])
})

function refusalsThat(language: 'fr' | 'en', begin: RegExp): string[] {
  return Object.entries(said[language])
    .filter(([key, text]) => key.startsWith('refusal.') && begin.test(text))
    .map(([key, text]) => `${key}: ${text}`)
}

// One word for a thing, in English as on every page: who signs in has an account, who receives is an organisation, and what goes from one
// to another is « what is sent », never « a sending ».
const oneWord: readonly RegExp[] = [
  /\baccess(?:es)?\b/i,
  /(?<!\{)\bbod(?:y|ies)\b(?!,)/i,
  /\bsendings?\b/i,
  /\bmy sharings?\b/i,
]
const otherSense: Readonly<Record<string, string>> = {
  'my-sharing.receipt.law-text': 'the name of a law',
  'my-sharing.stop.title': 'a verb: what she stops',
  'notifications.address-code.lead': 'a verb: an e-mail is on its way',
  'openapi.docs.errors': 'an address',
  'register.value.body-kind.public_body': 'the law’s word for a kind of organisation',
}

test('English has one word for a thing', () => {
  const others = Object.entries(said.en).filter(([, text]) =>
    oneWord.some((word) => word.test(text)),
  )
  expect(others.filter(([key]) => otherSense[key] === undefined)).toEqual([])
  expect(Object.keys(otherSense).toSorted()).toEqual(
    others.flatMap(([key]) => (key in otherSense ? key : [])).toSorted(),
  )
})

test.each(['Open my access', 'One body received it', 'A sending was allowed', 'See “My sharing”'])(
  'the rule of one word finds “%s”',
  (text) => {
    expect(oneWord.some((word) => word.test(text))).toBe(true)
  },
)

test('nobody is taken for a man or a woman', () => {
  const gendered =
    /\b[Vv]ous (?:vous )?(?:êtes|étiez|serez) (?:bien |déjà )?(?:arriv|connect|déconnect|inscrit|entr|revenu|sûr|seul|prêt|né|mort|protég|prévenu|averti|inform)/
  const found = Object.entries(said.fr).filter(([, text]) => gendered.test(text))
  expect(found).toEqual([])
  expect('Vous êtes arrivé par une adresse').toMatch(gendered)
  expect('vous vous êtes déconnectée ailleurs').toMatch(gendered)
})

test('no list of an answer says what will or will not be sent by any other way', () => {
  const lists = Object.entries({ ...said.fr }).concat(Object.entries({ ...said.en }))
  const found = lists
    .filter(([key]) => key.startsWith('consent.sending.') && !key.includes('.lead.'))
    .filter(([, text]) => /ne sera p(?:as|lus)|pas envoyé|not sent|will n(?:o|ot)\b/.test(text))
  expect(found).toEqual([])
})
