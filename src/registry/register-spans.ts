import { OperatorError } from '../base/values/operator-error.ts'
import type { Spans } from '../base/values/retention.ts'
import { boundsOf, registerSpans, retention } from '../base/values/retention.ts'
import type { Fault } from './objects/file-faults.ts'
import { isBetween, settingsId } from './objects/file-fields.ts'
import type { Shelves } from './objects/object-index.ts'
import type { RegisterSetting } from './objects/objects.ts'

// A register may keep less than the longest, and nothing longer than this release deletes: people would read what is not done.

/** What is said wrong of how long something is kept, before anybody signs it. */
export function spanFaults({ retention: said = {} }: RegisterSetting): Fault[] {
  return registerSpans.flatMap((what) => {
    const [span, bounds] = [said[what], boundsOf(what)]
    if (span === undefined || isBetween(span, bounds)) return []
    const path = ['retention', what]
    const message = `${path.join('.')} must be ${bounds.least} to ${bounds.most}, and is ${span}`
    return [{ path, message }]
  })
}

/**
 * How long what is kept is kept: as the register says, and else the longest.
 * @throws OperatorError where another release applied a register of which this one would keep something longer, or less long
 */
export function spansIn({ setting }: Shelves): Spans {
  const known = setting.find(settingsId)
  if (known === undefined) return retention
  const faults = spanFaults(known).map(({ message }) => message)
  if (faults.length > 0) throw new OperatorError(`${known.ref}: ${faults.join('; ')}.`)
  const { activity = retention.activity, messages = retention.messages } = known.retention ?? {}
  return { ...retention, activity, messages }
}
