import type { ConfirmPage } from '../../src/people/notifications/pages.ts'

const page: ConfirmPage = {
  csrf: 'csrf-of-a-sample',
  channel: 'email',
  address: 'marie@exemple.test',
  action: '/acces/messages/adresses/adr_06f9zj5b2x8m4q7t1n3v5w9ykd',
  problem: undefined,
}

export default {
  email: page,
  sms: { ...page, channel: 'sms', address: '514\u00a0555-0123' },
  wrong: { ...page, problem: 'contact.code-refused' },
} satisfies Record<string, ConfirmPage>
