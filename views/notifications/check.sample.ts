import type { MessageCheckPage } from '../../src/people/notifications/pages.ts'

const page: MessageCheckPage = {
  csrf: 'csrf-of-a-sample',
  typed: '',
  problem: undefined,
  values: {},
  answer: undefined,
}
const ours = {
  isOurs: true,
  day: new Date('2026-11-24T18:05:00Z'),
  channel: 'email',
  words: [
    'Un moyen de connexion a été ajouté',
    'Un moyen de connexion a été ajouté à votre accès.',
  ],
  isCopied: false,
} as const

export default {
  plain: page,
  malformed: { ...page, typed: 'K3QF', problem: 'message.code-malformed' },
  many: { ...page, typed: 'K3QF-7HX2', problem: 'too-many-attempts', values: { minutes: 12 } },
  ours: { ...page, typed: 'K3QF-7HX2', answer: ours },
  copied: { ...page, typed: 'K3QF-7HX2', answer: { ...ours, channel: 'sms', isCopied: true } },
  changed: { ...page, typed: 'K3QF-7HX2', answer: { ...ours, words: undefined } },
  unknown: { ...page, typed: 'K3QF-7HX2', answer: { isOurs: false } },
} satisfies Record<string, MessageCheckPage>
