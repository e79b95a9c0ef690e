import { command } from './command.ts'

export const remarkShow = command('remark show REFERENCE', {
  says: 'whether a person found clear what a service showed her; nothing about her',
  asks: ({ REFERENCE }) => REFERENCE,
  noted: { because: 'it shows nothing about a person' },
  async run(reference, house) {
    const { showRemark } = await import('../consent/remarks/index.ts')
    return house.withDatabase((db) => showRemark(db, reference))
  },
})

export const commands = [remarkShow]
