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

// Messages are kept in memory; beyond this number the oldest is removed.
const most = 200

export function openBox(): Box {
  const held: Message[] = []
  return {
    messages: () => held.toReversed(),
    put(message) {
      // The sender repeats a message when it got no answer to the first.
      if (message.id !== undefined && held.some(({ id }) => id === message.id)) return
      held.push(message)
      if (held.length > most) held.shift()
    },
  }
}
