import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Permit } from '../../demo/applications/holder/decide.ts'
import { openOutbox, type Outbox } from '../../demo/applications/holder/report.ts'

// What happens over hours: the clock is the test's own, and the broker a function. (Over HTTP: notices-api.test.ts.)
const now = new Date('2026-11-24T12:00:00Z')
const day = 24 * 3600 * 1000
const sendReport =
  vi.fn<(address: string, body: object | undefined, headers?: object) => Promise<Response>>()
let outbox: Outbox

beforeEach(() => {
  vi.useFakeTimers({ now })
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  sendReport.mockReset().mockImplementation(answer(201))
  outbox = openOutbox({ issuer: 'https://accord.test', sendReport })
})

afterEach(() => {
  outbox.close()
  vi.useRealTimers()
})

test('a report that arrived is sent once', async () => {
  await put('dec_1')
  await vi.advanceTimersByTimeAsync(day)
  expect(sendReport).toHaveBeenCalledTimes(1)
  expect(sendReport).toHaveBeenCalledWith(
    'https://accord.test/disclosures',
    {
      decision_token: 'ey.dec_1',
      status: 'recorded',
      occurred_at: '2026-11-24T12:00:00.000Z',
      categories: ['cat_revenu-net'],
      record_count: 1,
      result: 'found',
    },
    { 'idempotency-key': 'dec_1' },
  )
})

test.each([
  { what: 'no answer', trouble: () => Promise.reject(new TypeError('fetch failed')) },
  ...[401, 429, 500, 502, 503, 504].map((status) => ({
    what: String(status),
    trouble: answer(status),
  })),
])('after $what, the same report is sent again', async ({ trouble }) => {
  sendReport.mockImplementationOnce(trouble)
  await put('dec_1')
  expect(sendReport).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(500)
  expect(sendReport).toHaveBeenCalledTimes(2)
  expect(sendReport.mock.calls[1]).toEqual(sendReport.mock.calls[0])
  await vi.advanceTimersByTimeAsync(day)
  expect(sendReport).toHaveBeenCalledTimes(2)
})

test.each([400, 403, 404, 409, 422])(
  'a report refused with %d is given up and logged',
  async (status) => {
    sendReport.mockImplementation(answer(status))
    await put('dec_1')
    await vi.advanceTimersByTimeAsync(day)
    expect(sendReport).toHaveBeenCalledTimes(1)
    expect(console.error).toHaveBeenCalledWith(`the report of dec_1 was answered with ${status}`)
  },
)

test('the pauses double up to a minute', async () => {
  sendReport.mockImplementation(answer(503))
  await put('dec_1')
  const at: number[] = []
  sendReport.mockImplementation(() => {
    at.push(Date.now() - now.getTime())
    return answer(503)()
  })
  await vi.advanceTimersByTimeAsync(4 * 60_000)
  expect(at).toEqual([500, 1500, 3500, 7500, 15_500, 31_500, 63_500, 123_500, 183_500])
})

test('after a day a report is given up, with a line in the log', async () => {
  sendReport.mockImplementation(answer(503))
  await put('dec_1')
  await vi.advanceTimersByTimeAsync(day - 60_000)
  expect(console.error).not.toHaveBeenCalledWith('the report of dec_1 is given up')
  await vi.advanceTimersByTimeAsync(120_000)
  expect(console.error).toHaveBeenLastCalledWith('the report of dec_1 is given up')
  const before = sendReport.mock.calls.length
  await vi.advanceTimersByTimeAsync(day)
  expect(sendReport).toHaveBeenCalledTimes(before)
})

test('at most a thousand reports wait', async () => {
  sendReport.mockImplementation(answer(503))
  for (let number = 1; number <= 1001; number++) outbox.put(report(`dec_${number}`))
  await vi.advanceTimersByTimeAsync(0)
  expect(console.error).toHaveBeenLastCalledWith('the report of dec_1001 is given up')
  expect(vi.getTimerCount()).toBe(1000)
})

test('a closed outbox sends nothing more, not even a report on its way', async () => {
  sendReport.mockImplementation(answer(503))
  await put('dec_1')
  outbox.put(report('dec_2'))
  outbox.close()
  await vi.advanceTimersByTimeAsync(day)
  expect(sendReport).toHaveBeenCalledTimes(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('nothing sent is reported as nil', async () => {
  outbox.put({ ...report('dec_1'), sent: [] })
  expect(sendReport.mock.lastCall?.[1]).toMatchObject({
    status: 'nil',
    categories: [],
    record_count: 0,
    result: 'not_found',
  })
})

async function put(decisionId: string): Promise<void> {
  outbox.put(report(decisionId))
  await vi.advanceTimersByTimeAsync(0)
}

function report(decisionId: string) {
  const permit: Permit = {
    isPermitted: true,
    decisionId,
    decisionToken: `ey.${decisionId}`,
    categories: ['cat_revenu-net'],
  }
  return { permit, sent: permit.categories, occurredAt: now }
}

function answer(status: number): () => Promise<Response> {
  return async () => new Response(null, { status })
}

test('why no decision was asked for is said once for each introspection, and again after a trouble', async () => {
  sendReport.mockImplementationOnce(answer(503))
  outbox.excuse(['one', 'two'], 'proof_refused')
  await vi.advanceTimersByTimeAsync(day)
  const bodies = sendReport.mock.calls.map(([, body]) => body)
  expect(bodies).toEqual(
    ['one', 'two', 'one'].map((inquiry) => ({ status: 'none', inquiry, why: 'proof_refused' })),
  )
  sendReport.mockImplementation(answer(409))
  outbox.excuse(['three'], 'no_answer')
  await vi.advanceTimersByTimeAsync(day)
  expect(sendReport).toHaveBeenCalledTimes(4)
  expect(console.error).toHaveBeenLastCalledWith(
    'the reason for an introspection was answered with 409',
  )
})
