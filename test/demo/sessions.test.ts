import { expect, test } from 'vitest'
import {
  endMatching,
  newSecretId,
  openSessions,
  type Sessions,
} from '../../demo/applications/sessions.ts'

const now = new Date('2026-11-24T12:00:00Z')
const after = (minutes: number) => new Date(now.getTime() + minutes * 60_000)

function begin(sessions: Sessions, id: string, sub: string, sid: string | undefined): void {
  sessions.put(id, { sub, sid, acr: undefined, authenticatedAt: now, idToken: '' }, now)
}

function withThreeSessions(): Sessions {
  const sessions = openSessions()
  begin(sessions, 'marie at home', 'marie', 'home')
  begin(sessions, 'marie at work', 'marie', 'work')
  begin(sessions, 'paul', 'paul', 'phone')
  return sessions
}

test.each([
  { named: { sid: 'home' }, left: ['marie at work', 'paul'] },
  { named: { sub: 'marie' }, left: ['paul'] },
  { named: { sub: 'marie', sid: 'home' }, left: ['marie at work', 'paul'] },
  { named: { sub: 'paul', sid: 'home' }, left: ['marie at home', 'marie at work', 'paul'] },
  { named: { sid: 'unknown' }, left: ['marie at home', 'marie at work', 'paul'] },
  { named: {}, left: ['marie at home', 'marie at work', 'paul'] },
])('a logout that names $named leaves $left', ({ named, left }) => {
  const sessions = withThreeSessions()
  const ended = endMatching(sessions, named, now)
  expect(sessions.live(now).map(([id]) => id)).toEqual(left)
  expect(ended).toBe(3 - left.length)
})

test('at most a thousand sessions are kept', () => {
  const sessions = openSessions()
  for (let number = 0; number < 1005; number++) begin(sessions, String(number), 'marie', undefined)
  expect(sessions.live(now)).toHaveLength(1000)
  expect(sessions.find('4', now)).toBeUndefined()
  expect(sessions.find('5', now)).toBeDefined()
})

test('a session ends after thirty minutes', () => {
  const sessions = withThreeSessions()
  expect(sessions.find('paul', after(29))).toBeDefined()
  expect(sessions.find('paul', after(30))).toBeUndefined()
})

test('a session id has 128 bits', () => {
  const id = newSecretId()
  expect(Buffer.from(id, 'base64url')).toHaveLength(16)
  expect(newSecretId()).not.toBe(id)
})
