import { Refusal } from '../../base/values/refusal.ts'

const most = 40

/**
 * The number that a body gives to an employee, in one spelling: however it is typed, one human has one. Letters of other alphabets, which
 * look like these, would make a second one of it.
 * @throws Refusal desk.number (400)
 */
export function readEmployeeNumber(typed: string): string {
  const number = typed.normalize('NFKC').replaceAll(/\s/g, '').toUpperCase()
  if (!isEmployeeNumber(number)) throw new Refusal('desk.number')
  return number
}

/** Whether it is one in its one spelling. */
export function isEmployeeNumber(text: string): boolean {
  return text.length <= most && /^[0-9A-Z](?:[0-9A-Z./_-]*[0-9A-Z])?$/.test(text)
}
