/**
 * Papers that a desk may ask to see, of which a body lists its own. Not among them: the card of the health insurance and the driver’s licence,
 * which nobody may demand as a proof of identity for another purpose.
 */
export const paperKinds = [
  'passport',
  'birth-certificate',
  'citizenship-certificate',
  'permanent-resident-card',
  'indian-status-card',
  'photo-card',
] as const
export type PaperKind = (typeof paperKinds)[number]
