import { answerTo } from '../../base/web/answer-errors.ts'
import type { Log } from '../../base/logging/log.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { reportedList } from './shapes.ts'

type Result = AnswerOf<typeof reportedList>['results'][number]
type Answered = Extract<Result, { readonly answer: unknown }>['answer']

/** Reports that have not begun by then are to be sent again, so that the caller does not wait for ever. */
const listMs = 10_000

/**
 * Judges the reports of a list, each alone, one after the other: about one person in the order of the list.
 * @param elapsed milliseconds since any fixed moment
 */
export async function judgeEach(
  reports: readonly unknown[],
  judge: (said: unknown) => Promise<{ readonly isNew: boolean; readonly answer: Answered }>,
  log: Log,
  elapsed: () => number = () => performance.now(),
): Promise<Result[]> {
  const until = elapsed() + listMs
  const results: Result[] = []
  for (const said of reports) {
    try {
      if (elapsed() > until) throw new Problem('unavailable', 503, 'its turn came too late')
      const { isNew, answer } = await judge(said)
      results.push({ status: isNew ? 201 : 200, answer })
    } catch (error) {
      const { status, code, detail } = answerTo(error)
      // A refusal is the caller's to mend; what is ours is logged like the error of a request.
      if (status === 503) log.warn({ error }, 'unavailable')
      else if (status >= 500) log.error({ error }, 'a report of a list failed')
      results.push({ status, problem: { code, ...(detail === undefined ? {} : { detail }) } })
    }
  }
  return results
}
