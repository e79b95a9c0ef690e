import type { MessagesPage } from '../../src/people/notifications/pages.ts'

const page: MessagesPage = {
  csrf: 'csrf-of-a-sample',
  waiting: [],
  contacts: [
    {
      channel: 'email',
      address: 'marie-ève.a-une-adresse-plutot-longue@courriel.exemple.test',
      since: new Date('2026-11-01T15:00:00Z'),
    },
    { channel: 'sms', address: '514\u00a0555-0123', since: new Date('2026-11-02T15:00:00Z') },
  ],
  toAdd: [],
  hasChannels: true,
  channel: 'email',
  language: 'fr',
  sendings: 'weekly',
  questionReminders: true,
  word: '',
  messages: [
    {
      kind: 'disclosure.new',
      channel: 'email',
      at: new Date('2026-11-25T13:10:00Z'),
      state: 'sent',
    },
    {
      kind: 'factor.added',
      channel: 'email',
      at: new Date('2026-11-24T18:05:00Z'),
      state: 'waiting',
    },
    {
      kind: 'consent.given',
      channel: 'email',
      at: new Date('2026-11-24T18:01:00Z'),
      state: 'sent',
    },
    {
      kind: 'access.recovered',
      channel: 'sms',
      at: new Date('2026-11-20T18:01:00Z'),
      state: 'given-up',
    },
    {
      kind: 'consent.stopped',
      channel: 'none',
      at: new Date('2026-11-02T18:01:00Z'),
      state: 'line',
    },
  ],
  typed: '',
  problem: undefined,
  values: {},
  field: undefined,
  done: undefined,
}
const waiting = {
  channel: 'email',
  address: 'madeleine@exemple.test',
  href: '/acces/messages/adresses/adr_01JDQ5XGQ3V8W2N4K6M8P0R2T4',
} as const
const nothing = { ...page, contacts: [], channel: 'none', messages: [] } as const

export default {
  plain: page,
  waiting: { ...nothing, toAdd: ['email', 'sms'], waiting: [waiting] },
  new: { ...nothing, toAdd: ['email', 'sms'] },
  wrong: {
    ...nothing,
    toAdd: ['email', 'sms'],
    typed: 'marie@',
    problem: 'contact.email-invalid',
    field: 'email',
  },
  half: { ...page, contacts: page.contacts.slice(0, 1), toAdd: ['sms'], done: 'added' },
  found: { ...page, word: 'partage', messages: page.messages.slice(2, 3) },
  'not-found': { ...page, word: 'facture', messages: [] },
  silent: { ...page, channel: 'none', done: 'chosen' },
  without: { ...nothing, hasChannels: false },
} satisfies Record<string, MessagesPage>
