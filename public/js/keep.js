// « Imprimer » and « Copier » of what is shown once, or filled in by hand: without this file there are no such buttons.

for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (navigator.clipboard === undefined) continue
  button.hidden = false
  // What is copied stands on the page: a selector names it, and each place is a line.
  const { copy, copied, failed } = button.dataset
  const said = button.closest('.keep')?.querySelector('[role="status"]')
  button.addEventListener('click', async () => {
    const answer = await navigator.clipboard.writeText(textOf(copy)).then(
      () => copied,
      () => failed,
    )
    if (said) said.textContent = answer
  })
}

function textOf(selector) {
  return [...document.querySelectorAll(selector)].map(({ textContent }) => textContent).join('\n')
}
