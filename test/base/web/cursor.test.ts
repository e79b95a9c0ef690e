import { expect, test } from 'vitest'
import { openPage } from '../../../src/base/web/cursor.ts'

const keys = { cookie: ['0'.repeat(43)] }
const rows = ['a', 'b', 'c', 'd', 'e'].map((id, no) => ({ id, no }))

function page(cursor?: string, list = 'rows:somebody') {
  const { after, rows: most, cut } = openPage<string>(keys, list, { cursor, limit: 2 })
  const left = rows.filter(({ id }) => after === undefined || id > after)
  const { shown, next } = cut(left.slice(0, most), ({ id }) => id)
  return { ids: shown.map(({ id }) => id).join(''), next: next ?? undefined }
}

test('a list is read page by page, each from where the one before ended', () => {
  const first = page()
  const second = page(first.next)
  const last = page(second.next)
  expect([first.ids, second.ids, last.ids, last.next]).toEqual(['ab', 'cd', 'e', undefined])
})

test('a page that is just full is the last where nothing follows', () => {
  const { cut } = openPage<string>(keys, 'rows', { limit: 5 })
  expect(cut(rows, ({ id }) => id).next).toBeNull()
})

test('a cursor that was changed, or is of another list or reader, is refused', () => {
  const { next = '' } = page()
  const [, signature = ''] = next.split('.')
  const other = Buffer.from('"d"').toString('base64url')
  for (const wrong of [`${other}.${signature}`, `${next}x`, signature, '', '.'])
    expect(() => page(wrong), wrong).toThrow('request.malformed')
  expect(() => page(next, 'rows:somebody else')).toThrow('request.malformed')
})
