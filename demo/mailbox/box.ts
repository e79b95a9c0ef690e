/** What the broker sent to somebody. */
export type Message = {
  readonly channel: 'email' | 'sms'
  readonly to: string
  /** Of an e-mail. */
  readonly from: string | undefined
  readonly subject: string | undefined
  readonly text: string
  /** The message's own name, by which a repeat is known. */
  readonly id: string | undefined
  readonly receivedAt: Date
}

export type Box = {
  /** Newest first. */
  messages(): readonly Message[]
  put(message: Message): void
}

// In memory and bounded: the oldest goes.
const most = 200

export function openBox(): Box {
  const held: Message[] = []
  return {
    messages: () => held.toReversed(),
    put(message) {
      // The same message once more, for a sender that heard no answer to the first.
      if (message.id !== undefined && held.some(({ id }) => id === message.id)) return
      held.push(message)
      if (held.length > most) held.shift()
    },
  }
}
