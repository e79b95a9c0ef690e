// The page of the verifier: reads files, runs the steps, shows each in words. Nothing leaves this browser.

const [form, result] = [document.querySelector('form'), document.querySelector('[role=status]')]
const { trust, words } = JSON.parse(document.querySelector('#given').textContent)

for (const input of document.querySelectorAll('input[type=file]')) {
  input.hidden = false
  input.labels[0].hidden = false
  input.addEventListener('change', async () => {
    const area = document.querySelector(`#${input.dataset.into}`)
    // What is longer than any receipt or proof is read as far as it takes to say so.
    if (input.files[0] !== undefined) area.value = await input.files[0].slice(0, 200_000).text()
  })
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  let steps
  try {
    steps = await check(form.receipt.value, form.proof.value, trust)
  } catch {
    steps = [{ step: 'broken', holds: false, values: {} }]
  }
  result.replaceChildren(...shown(steps))
  result.focus()
})

function shown(steps) {
  const list = document.createElement('ol')
  list.append(
    ...steps.map(({ step, holds, values }) => {
      const item = document.createElement('li')
      item.className = isRemark({ step }) ? 'remark' : holds ? 'yes' : 'no'
      const word = words[`${step}.${holds ? 'yes' : 'no'}`] ?? step
      item.textContent = word.replaceAll(
        /\{(\w+)\}/g,
        (_, name) => words[`${name}.${values[name]}`] ?? values[name] ?? '?',
      )
      return item
    }),
  )
  const heading = document.createElement('h2')
  heading.textContent = words[headingOf(steps)]
  return [heading, list]
}
