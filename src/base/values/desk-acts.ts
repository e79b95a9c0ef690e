/** Acts of an officer of a body, and their bits in the acts of a mandate. None of them says yes. */
export const deskActs = {
  /** Ask whether an access exists. */
  search: 256,
  /** Note the papers that a person showed. */
  identify: 512,
  /** Give a card. */
  card: 1024,
  /** See, in a help, what a person opened. */
  assist: 2048,
  /** The same by telephone. */
  telephone: 4096,
  /** Note a birth, a judgment, an order of a court. */
  evidence: 8192,
  /** Decide what another officer proposed. */
  confirm: 16_384,
  /** Suspend a service or an agreement, and list whom an incident touched. */
  incident: 32_768,
  /** Answer a dispute, void a consent, read what bodies refused. */
  audit: 65_536,
  /** Name officers, and end an office. */
  name: 131_072,
} as const

export type DeskAct = keyof typeof deskActs
