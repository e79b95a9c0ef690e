import type { Foundation } from '../../base/web/foundation.ts'
import { readBase32 } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Words } from '../../base/web/words.ts'
import { makeCodes } from './codes.ts'
import type { MessageKind } from './kinds.ts'
import { composeEmail, composeText, hasSameWords, isKind } from './kinds.ts'
import type { CheckAnswer } from './pages.ts'
import type { CheckedMessage } from './store.ts'
import { checkCode } from './store.ts'

const codeLength = 8
// The person, somebody whom she asked, and some room for doubt. More looks mean that others use a code of ours in their messages.
const looksOfOne = 5

/** Whether a message with this code came from us. The answer names its kind and its day, and never its recipient. */
export function makeCheck({ db, keys, config, words }: Foundation, tries: Tries) {
  const codes = makeCodes(keys.data)
  return async (peer: string, typed: string): Promise<CheckAnswer> => {
    if (readBase32(typed).length !== codeLength) throw new Refusal('message.code-malformed')
    const { value: found, taken } = await tries.judgeUnsaid(
      { kind: 'message-code', peer },
      (counted) => checkCode(counted, db, codes.digests(typed)),
    )
    if (found === undefined || !isKind(found.kind)) return { isOurs: false }
    await tries.giveBack(taken)
    return {
      isOurs: true,
      day: found.queuedAt,
      channel: found.channel,
      // The page shows our words to the letter: the words around a copied code differ from them.
      words: hasSameWords(found.kind, found.templateVersion)
        ? wordsOf(words, found, found.kind, { brand: config.brand, code: typed })
        : undefined,
      isCopied: found.checks > looksOfOne,
    }
  }
}

function wordsOf(
  words: Words,
  { channel, language }: CheckedMessage,
  kind: MessageKind,
  { brand, code }: { readonly brand: string; readonly code: string },
): readonly string[] {
  const stamp = { brand, code: inFours(code) }
  if (channel === 'sms') return [composeText(words, language, kind, stamp)]
  const { subject, text } = composeEmail(words, language, kind, stamp)
  return [subject, ...text.split('\n\n')]
}

function inFours(typed: string): string {
  return readBase32(typed).replace(/^(.{4})/, '$1-')
}
