/** Where the process that works the log kills itself, beside `anywhere` and `postgres`, which happen to it from outside. */
export const killPoints = [
  'take before',
  'take during',
  'take after',
  'tile before',
  'tile after',
  'record before',
  'record after',
  'signature after',
  'row before',
  'row during',
  'row after',
  'checkpoint before',
  'checkpoint after',
] as const
export type KillPoint = (typeof killPoints)[number]
export type Kill = KillPoint | 'anywhere' | 'postgres'
