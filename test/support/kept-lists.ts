import { declaredTables } from '../../src/house/sealed-tables.ts'

// What becomes of the tables about people once an access is erased, as their rooms declare it. `test/pages/my-access/close-account.test.ts`
// erases one and looks; the inventory (docs/operate/inventory.en.md) reads the same.

/** What the law keeps of a person whose access is erased, why, and until when. */
export const keptByLaw: Readonly<Record<string, string>> = Object.fromEntries(
  declaredTables.flatMap(({ table, inventory: { afterClosing } }) =>
    typeof afterClosing === 'object' ? [[table, afterClosing.stays]] : [],
  ),
)

/** What is gone thirty days after the closing. */
export const forgotten = tablesThat('forgotten')

/** What is gone at the closing itself. */
export const ended = tablesThat('ended')

function tablesThat(are: 'forgotten' | 'ended'): readonly string[] {
  return declaredTables
    .filter(({ inventory: { afterClosing } }) => afterClosing === are)
    .map(({ table }) => table)
    .toSorted()
}
