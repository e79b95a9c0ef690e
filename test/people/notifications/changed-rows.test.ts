import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { signUp } from '../../support/broker.ts'
import type { Post } from '../../support/post.ts'
import { addContact, codeIn, send, startPost } from '../../support/post.ts'

// Somebody writes to the database and has no key: what he can have sent, and where.

let post: Post
beforeAll(async () => {
  post = await startPost()
})
afterAll(() => post.stop())

const path = '/acces/messages'

test('the code of an address is in no message to another one', async () => {
  const { browser } = await signUp(post, post.services.library)
  await addContact(post, browser, 'email', 'lui@exemple.test')
  await post.received('lui@exemple.test', 2)
  // He asks for the code of a number that is not his, and has its message sent to himself, as a message about something else.
  const waiting = await propose(browser, 'sms', '514 555-0199')
  const [code] = await post.received('+15145550199', 1)
  const messageId = await newestMessage('contact.confirm')
  await expect
    .poll(() => post.db('notification').where({ notificationId: messageId, sentAt: null }))
    .toEqual([])
  for (const kind of ['access.new-device', 'contact.confirm', 'address.code']) {
    await post.db.raw(
      `update notification set kind = ?, channel = 'email', sent_at = null, given_up_at = null,
         contact_id = (select contact_id from contact_point where channel = 'email' and person_id = notification.person_id)
       where notification_id = ?`,
      [kind, messageId],
    )
    await post.db.raw(
      `select graphile_worker.add_job('notifications.mail', json_build_object('notificationId', ?::text))`,
      [messageId],
    )
    await expect
      .poll(() =>
        post.db('notification').where({ notificationId: messageId, sentAt: null, givenUpAt: null }),
      )
      .toEqual([])
  }

  const [sent] = await post.received('lui@exemple.test', 3)
  expect(sent?.subject).toBe('Connexion depuis un nouvel appareil')
  const answer = await send(browser, waiting, '', { code: codeIn(sent ?? { text: '' }) })

  expect(answer.status).toBe(400)
  expect(
    await post.db('contactPoint').where({ channel: 'sms' }).whereNotNull('confirmedAt'),
  ).toEqual([])
  // The true one was sent to the number, and is good.
  const confirmed = await send(browser, waiting, '', { code: codeIn(code ?? { text: '' }) })
  expect(confirmed.status).toBe(200)
  // As she dials it, where it waits and where it stands.
  for (const { body } of [answer, confirmed]) expect(body).toContain('>514\u00a0555-0199<')
})

test('a confirmed address that is moved to somebody else gets none of her messages', async () => {
  const [his, hers] = [
    await signUp(post, post.services.library),
    await signUp(post, post.services.library),
  ]
  await addContact(post, his.browser, 'email', 'encore@exemple.test')
  await post.received('encore@exemple.test', 2)
  const personId = await personOf(hers.browser)
  await post.db.raw(
    `update contact_point set person_id = ? where contact_id = (select contact_id from notification
    where kind = 'contact.changed' order by queued_at desc limit 1)`,
    [personId],
  )

  // Something that she would be told of.
  await send(hers.browser, await hers.browser.follow(path), '/choix', {
    channel: 'none',
    language: 'fr',
  })

  await expect
    .poll(() =>
      post.db('notification').where({ personId, channel: 'email' }).whereNotNull('givenUpAt'),
    )
    .toHaveLength(1)
  expect(post.mailbox.messages().filter(({ to }) => to === 'encore@exemple.test')).toHaveLength(2)
  const told = await post
    .db('activity')
    .where({ personId, kind: 'record.untrusted' })
    .pluck('reason')
  expect(told).toEqual(['contact'])
})

async function propose(
  browser: Browser,
  channel: 'email' | 'sms',
  address: string,
): Promise<Answer> {
  const page = await browser.follow(path)
  return send(browser, page, '/acces/messages/adresses', { channel, address })
}

async function newestMessage(kind: string): Promise<string> {
  const [row] = await post
    .db('notification')
    .select('notificationId')
    .where({ kind })
    .orderBy('queuedAt', 'desc')
    .limit(1)
  return row.notificationId
}

async function personOf(browser: Browser): Promise<string> {
  await browser.get('/acces')
  const [row] = await post.db('persons').select('personId').orderBy('createdAt', 'desc').limit(1)
  return row.personId
}
